"""Backward loss correction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, take_rows
from adrjax.losses._cross_entropy import cross_entropy


def backward_correction(
    logits: ArrayLike, labels: ArrayLike, *, transition: ArrayLike
) -> jax.Array:
    r"""Cross entropy whose mean over the noise is that of the clean labels.

    .. math:: L = -\sum_j (T^{-1})_{yj} \log p_j.

    It can be negative, and without bound.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer noisy classes, `[...]`.
        transition: The probability :math:`T_{ij}` that class i is labelled j,
            `[num_classes, num_classes]`. Its inverse is taken once, in float64, if it
            is known while tracing, and at every call if not.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, a row of the
            transition is no distribution, or the transition is singular.

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, Theorem 1.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    matrix = _checks.transition("transition", transition, logits.shape[-1])
    matrix = matrix.astype(logits.dtype)
    inverse = _checks.inverse("transition", transition, matrix)
    loss = cross_entropy(logits, take_rows(inverse, labels))
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)
