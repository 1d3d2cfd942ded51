"""Circle loss of cosines to class weights."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import label_mask


def circle(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.25,
    scale: ArrayLike = 256.0,
    stop_weights: bool = True,
) -> jax.Array:
    r"""Pulls each cosine the harder the farther it is from its place.

    .. math:: z_y = s\, [1 + m - c_y]_+ (c_y - 1 + m), \qquad
        z_j = s\, [c_j + m]_+ (c_j - m) \quad (j \ne y).

    The cross entropy of these logits is the circle loss with class labels.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: How far from 1 the label's cosine and from 0 the others may stay, at
            least 0.
        scale: What the logits are multiplied by, at least 0.
        stop_weights: Whether to keep gradient from flowing through the weights
            :math:`[\cdot]_+`, as the authors do.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or margin or scale
            is negative.

    Reference:
        Sun et al., Circle Loss: A Unified Perspective of Pair Similarity Optimization,
        Eqs. (5) and (6).
    """
    margin = _checks.between("margin", margin, 0)
    scale = _checks.between("scale", scale, 0)
    cosines, labels = _checks.cosines_and_labels(cosines, labels)
    return scale * _weighted(stop_weights, cosines, labels, margin)


# Recomputed in the backward pass: autodiff would keep the weights, `[...,
# num_classes]`.
@functools.partial(jax.checkpoint, static_argnums=0)
def _weighted(stop_weights, cosines, labels, margin):
    label = label_mask(cosines, labels)
    weights = jnp.where(label, 1 + margin - cosines, cosines + margin)
    weights = jax.nn.relu(weights)
    weights = jax.lax.stop_gradient(weights) if stop_weights else weights
    return weights * (cosines - jnp.where(label, 1 - margin, margin))
