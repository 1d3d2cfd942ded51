"""Cosine loss."""

import jax
from jax.typing import ArrayLike

from adrjax.embeddings._norm_adaptive_cosine import norm_adaptive_cosine


def cosine(features: ArrayLike, labels: ArrayLike, centroids: ArrayLike) -> jax.Array:
    r"""Turns each feature to the fixed centroid of its class, hardest far from it.

    .. math:: L = (1 - \cos\theta)^2, \qquad
        \cos\theta = \frac{x \cdot P_y}{\|x\|}.

    It is `norm_adaptive_cosine` of `delta=0`, in its numbers that keep their digits
    near the centroid. At :math:`x = 0` the loss is 1 and the gradient 0. No gradient
    flows into the centroids.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.

    Returns:
        The loss of each example, in [0, 4], `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (9) and (11).
    """
    return norm_adaptive_cosine(features, labels, centroids, delta=0.0)
