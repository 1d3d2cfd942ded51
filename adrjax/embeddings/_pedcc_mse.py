"""The squared distance of PEDCC loss."""

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
    r"""Pulls the direction of each feature to the fixed centroid of its class.

    .. math:: L = \tfrac12 \|\hat x - P_y\|^2 = 1 - \cos\theta, \qquad
        \hat x = \frac{x}{\|x\|}.

    The square that Eq. (7) puts around its sum is a slip: it would be twice `cosine`.
    No gradient flows into the centroids. A plain formula, finite because a feature of 0
    has the direction 0 and no gradient.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        normalize: Whether features are made unit first; if not, they have been, as Eq.
            (3) supposes.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (6) and (8).
    """
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    x = unit(features) if normalize else features
    own = jax.lax.stop_gradient(take_rows(centroids, labels))
    loss = jnp.sum((x - own) ** 2, axis=-1) / 2
    return jnp.where(has_class(labels, len(centroids)), loss, jnp.nan)
