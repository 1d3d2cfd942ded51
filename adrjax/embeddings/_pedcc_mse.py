"""The distance term of PEDCC loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._labels import has_class, take_rows
from adrjax._vectors import unit


def pedcc_mse(
    features: ArrayLike,
    labels: ArrayLike,
    centroids: ArrayLike,
    *,
    normalize: bool = True,
) -> jax.Array:
    r"""MSE term of PEDCC loss: half the squared distance to the class centroid.

    It turns each feature towards the fixed centroid of its class. `embeddings.cosine`
    is its square.

    .. math:: L = \tfrac12 \|\hat x - P_y\|^2 = 1 - \cos\theta, \qquad
        \hat x = \frac{x}{\|x\|}.

    The square around the sum in Eq. (7) is a slip: it would be twice `cosine`. The
    centroids have no gradient. The gradient by the features is autodiff's, finite
    because a feature of 0 has the direction 0 and no gradient.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        normalize: Whether the features are made unit first. False for features that
            are unit already, as Eq. (3) assumes.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not match or a label is not a class.

    Example:
        >>> from adrjax import embeddings
        >>> centroids = [[1.0, 0.0], [-1.0, 0.0]]
        >>> print(f"{embeddings.pedcc_mse([3.0, 4.0], 0, centroids):.3f}")
        0.400

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (6) and (8).
    """
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    x = unit(features) if normalize else features
    centroid = jax.lax.stop_gradient(take_rows(centroids, labels))
    loss = jnp.sum((x - centroid) ** 2, axis=-1) / 2
    return jnp.where(has_class(labels, len(centroids)), loss, jnp.nan)
