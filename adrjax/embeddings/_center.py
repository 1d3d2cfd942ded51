"""Center loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._labels import has_class, take_rows


def center(features: ArrayLike, labels: ArrayLike, centers: ArrayLike) -> jax.Array:
    r"""Pulls each feature to the center of its class.

    .. math:: L = \tfrac12 \|x - M_y\|^2.

    A plain formula under autodiff. Its authors give the centers no gradient but move
    them by `update_centers`, as `running_center` does; here gradient flows into centers
    that are differentiated, so that they may be parameters.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centers: One center a class, `[num_classes, dim]`.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centers are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning, Eq.
        (4); Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eq. (2).
    """
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    loss = jnp.sum((features - take_rows(centers, labels)) ** 2, axis=-1) / 2
    return jnp.where(has_class(labels, len(centers)), loss, jnp.nan)
