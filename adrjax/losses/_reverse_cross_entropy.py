"""Reverse cross entropy (RCE)."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._mean_absolute_error import mean_absolute_error


def reverse_cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, log_zero: ArrayLike = -4.0
) -> jax.Array:
    r"""Cross entropy with label and prediction swapped, which bears wrong labels.

    .. math:: L = -\sum_j p_j \log y_j = -A (1 - p_y), \qquad A = \log 0,

    which is -A / 2 times the mean absolute error, and that itself at A = -2.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        log_zero: What stands for the logarithm of 0, A, at most 0.

    Returns:
        The loss of each example, in [0, -A], `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or A > 0.

    Reference:
        Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels,
        section 3.2.
    """
    log_zero = _checks.at_most("log_zero", log_zero, 0)
    return -log_zero / 2 * mean_absolute_error(logits, labels)
