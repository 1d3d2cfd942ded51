"""Top-k accuracy."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label


def top_k(scores: ArrayLike, labels: ArrayLike, *, k: int = 1) -> jax.Array:
    """Top-k accuracy of each example: whether its label has one of the k best scores.

    The mean over the examples is the accuracy. Of equal scores the lowest class ranks
    first, as in `jax.lax.top_k`. An example is wrong if one of its scores is NaN or,
    under `jax.jit`, if its label is not a class.

    Args:
        scores: Logits, probabilities or similarities, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        k: How many of the best scores count, in 1..num_classes.

    Returns:
        Whether each example is right, bool `[...]`.

    Raises:
        TypeError: If the scores are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or k is
            outside of 1..num_classes.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> scores = jnp.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]])
        >>> metrics.top_k(scores, jnp.array([1, 2])).tolist()
        [True, False]
        >>> metrics.top_k(scores, jnp.array([1, 2]), k=2).mean().item()
        1.0
    """
    scores = _checks.scores("scores", scores)
    labels = _checks.labels_of(scores, labels, "scores")
    k = _checks.count("k", k, low=1, high=scores.shape[-1], of=" (the classes)")
    classes = jax.lax.broadcasted_iota(labels.dtype, scores.shape, scores.ndim - 1)
    label = labels[..., None]
    score = jnp.sum(scores, axis=-1, keepdims=True, where=classes == label)
    is_before = (scores > score) | ((scores == score) & (classes < label))
    rank = jnp.sum(is_before, axis=-1)
    is_nan = jnp.any(jnp.isnan(scores), axis=-1)
    return (rank < k) & is_valid_label(scores, labels) & ~is_nan
