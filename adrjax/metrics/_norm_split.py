"""Accuracy by the length of the feature."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks, _vectors
from adrjax.metrics._accuracy import top_k


def norm_split_accuracy(
    scores: ArrayLike, labels: ArrayLike, features: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Tells how accurate a network is where its features are short, and where long.

    Args:
        scores: Logits, probabilities or similarities, `[n, num_classes]`.
        labels: Integer classes, `[n]`.
        features: What the classifier saw, before any normalisation,
            `[n, num_features]`.

    Returns:
        The accuracy of the examples whose feature is shorter than the mean length of
        all, and that of the others, `[]` each; NaN where there are none.

    Raises:
        TypeError: If the scores or features are not floating or the labels not
            integers.
        ValueError: If the shapes do not fit or a label names no class.

    Reference:
        Zhu et al., POD Loss, Table 1.
    """
    is_right = top_k(scores, labels)
    norms = _vectors.norm(_vector_checks.vectors("features", features))
    if norms.shape != is_right.shape or norms.ndim != 1:
        raise ValueError(
            "scores must be [n, num_classes] and features [n, num_features], got "
            f"shapes {jnp.shape(scores)} and {jnp.shape(features)}"
        )
    is_short = norms < jnp.mean(norms)
    return jnp.mean(is_right, where=is_short), jnp.mean(is_right, where=~is_short)
