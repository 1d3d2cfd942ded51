"""Top-k accuracy."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import label_mask


def top_k(scores: ArrayLike, labels: ArrayLike, *, k: int = 1) -> jax.Array:
    """Tells whether the label is among the k highest scores.

    Of equal scores the lowest class ranks first, as in `jax.lax.top_k`. A row with a
    NaN, or with a label that names no class, is wrong.

    Args:
        scores: Logits, probabilities or similarities, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        k: How many of the highest scores count, in 1..num_classes.

    Returns:
        Whether each example is right, bool `[...]`; its mean is the accuracy.

    Raises:
        TypeError: If the scores are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or k is outside
            1..num_classes.
    """
    scores = _checks.scores("scores", scores)
    labels = _checks.labels_of(scores, labels, "scores")
    k = _checks.count("k", k, low=1, high=scores.shape[-1], of=" (the classes)")
    label = label_mask(scores, labels)
    own = jnp.sum(jnp.where(label, scores, 0), axis=-1, keepdims=True)
    before = jnp.cumsum(label, axis=-1) == 0
    rank = jnp.sum((scores > own) | ((scores == own) & before), axis=-1)
    is_valid = jnp.any(label, axis=-1) & ~jnp.any(jnp.isnan(scores), axis=-1)
    return (rank < k) & is_valid
