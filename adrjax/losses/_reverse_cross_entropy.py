"""Reverse cross entropy (RCE)."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.losses._mean_absolute_error import mean_absolute_error


def reverse_cross_entropy(
    logits: ArrayLike, labels: ArrayLike, *, log_zero: ArrayLike = -4.0
) -> jax.Array:
    r"""Reverse cross entropy (RCE): cross entropy with label and prediction swapped.

    It is robust to wrong labels, and a multiple of the mean absolute error.

    .. math:: L = -\sum_j p_j \log y_j = -A (1 - p_y), \qquad A = \log 0.

    At A = -2 it is the mean absolute error.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        log_zero: The number used for the logarithm of 0, A, at most 0.

    Returns:
        The loss of each example, in [0, -A], `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, or A > 0.

    Example:
        >>> from adrjax import losses
        >>> print(f"{losses.reverse_cross_entropy([2.0, 1.0, 0.0], 0):.3f}")
        1.339

    Reference:
        Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels,
        section 3.2.
    """
    error = mean_absolute_error(logits, labels)
    log_zero = _checks.at_most("log_zero", log_zero, 0, like=error)
    return -log_zero / 2 * error
