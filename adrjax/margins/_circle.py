"""Circle loss at class level."""

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
    r"""Circle loss at class level: logits from cosines to class weights.

    Each cosine is weighted by its distance from its optimum, so the cosines that are
    farthest from it get the largest gradient. `embeddings.circle` is the circle loss at
    pair level, on the pairs of a batch.

    .. math:: z_y = s\, [1 + m - c_y]_+ (c_y - 1 + m), \qquad
        z_j = s\, [c_j + m]_+ (c_j - m) \quad (j \ne y).

    The cross entropy of these logits is the circle loss. A traced label that names no
    class gets no margin.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: The distance allowed between the label's cosine and 1, and between the
            other cosines and 0; at least 0.
        scale: The factor of all logits, at least 0.
        stop_weights: Whether the weights :math:`[\cdot]_+` are constants for the
            gradient, as in the authors' code.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class, or margin or
            scale is negative.

    Example:
        >>> from adrjax import margins
        >>> print(margins.circle([0.75, 0.0], 0, margin=0.25, scale=16.0))
        [ 0. -1.]

    Reference:
        Sun et al., Circle Loss: A Unified Perspective of Pair Similarity Optimization,
        Eqs. (5) and (6).
    """
    cosines, labels = _checks.cosines_and_labels(cosines, labels)
    margin = _checks.between("margin", margin, 0, like=cosines)
    scale = _checks.between("scale", scale, 0, like=cosines)
    return scale * _weighted(stop_weights, cosines, labels, margin)


# Recomputed in the backward pass: autodiff would keep the weights, `[...,
# num_classes]`.
@functools.partial(jax.checkpoint, static_argnums=0)
def _weighted(
    stop_weights: bool, cosines: jax.Array, labels: jax.Array, margin: jax.Array
) -> jax.Array:
    label = label_mask(cosines, labels)
    weights = jnp.where(label, 1 + margin - cosines, cosines + margin)
    weights = jax.nn.relu(weights)
    weights = jax.lax.stop_gradient(weights) if stop_weights else weights
    return weights * (cosines - jnp.where(label, 1 - margin, margin))
