"""Expected calibration error (ECE)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.metrics._accuracy import top_k


def expected_calibration_error(
    probs: ArrayLike, labels: ArrayLike, *, bins: int = 15
) -> jax.Array:
    r"""Measures how far the confidence of a network is from its accuracy.

    .. math:: \mathrm{ECE} = \sum_{b} \frac{n_b}{n}
        \left|\mathrm{acc}_b - \mathrm{conf}_b\right|,

    over bins of equal width, (lo, hi], of the largest probability.

    Args:
        probs: Probabilities of the classes, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        bins: The number of bins. The papers do not print theirs; 15 is Guo et al.'s.

    Returns:
        The error, in [0, 1], `[]`.

    Raises:
        TypeError: If the probabilities are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, there is no
            example, or `bins` < 1.

    Reference:
        Guo et al., On Calibration of Modern Neural Networks, Eq. (3).
    """
    probs = _checks.scores("probs", probs)
    labels = _checks.labels_of(probs, labels, "probs")
    bins = _checks.count("bins", bins, low=1)
    if not labels.size:
        raise ValueError(f"probs must hold an example, got shape {probs.shape}")
    confidence = jnp.max(probs, axis=-1).ravel()
    right = top_k(probs, labels).ravel()
    edges = jnp.arange(1, bins) / bins
    place = jnp.searchsorted(edges.astype(confidence.dtype), confidence, side="left")
    gaps = jax.ops.segment_sum(right - confidence, place, num_segments=bins)
    return jnp.sum(jnp.abs(gaps)) / right.size
