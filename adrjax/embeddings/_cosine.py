"""Cosine loss of POD."""

import jax
from jax.typing import ArrayLike

from adrjax.embeddings._norm_adaptive_cosine import norm_adaptive_cosine


def cosine(features: ArrayLike, labels: ArrayLike, centroids: ArrayLike) -> jax.Array:
    r"""Cosine loss: `(1 - cos)**2` of a feature and the centroid of its class.

    It turns each feature towards the fixed centroid of its class. The square gives
    small gradients close to the centroid; `pedcc_mse` is the loss without the square.

    .. math:: L = (1 - \cos\theta)^2, \qquad
        \cos\theta = \frac{x \cdot P_y}{\|x\|}.

    It is `norm_adaptive_cosine` with `delta=0`, which stays accurate close to the
    centroid. At :math:`x = 0` the loss is 1 and the gradient 0. The centroids have no
    gradient.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.

    Returns:
        The loss of each example, in [0, 4], `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not match or a label is not a class.

    Example:
        >>> from adrjax import embeddings
        >>> centroids = [[1.0, 0.0], [-1.0, 0.0]]
        >>> print(f"{embeddings.cosine([3.0, 4.0], 0, centroids):.3f}")
        0.160

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (9) and (11).
    """
    return norm_adaptive_cosine(features, labels, centroids, delta=0.0)
