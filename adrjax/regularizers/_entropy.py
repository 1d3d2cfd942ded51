"""Entropy of the prediction."""

import functools
import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import moments, softmax, subtract_row


def entropy(
    logits: ArrayLike, *, normalize: bool = False, class_axis: str | None = None
) -> jax.Array:
    r"""Entropy of the predicted probabilities (minimum entropy regularization).

    Minimizing it moves every prediction away from uniform. The gradient by the logits
    is 0 at the uniform prediction and vanishes again near certainty; of two classes it
    is largest at `p` = 0.82.

    .. math:: H = -\sum_j p_j \log p_j, \qquad
        \frac{\partial H}{\partial z_j} = -p_j (z_j - E_p[z]).

    The paper's Eq. (18) is the derivative by p, which grows with certainty.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        normalize: Whether to divide by the maximum, :math:`\log c`.
        class_axis: The device axis over which the classes are split, if any; see
            `heads.ShardedCosine`.

    Returns:
        The entropy of each example in nats, or in [0, 1] if normalized, `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If there is only one class to normalize by.

    Example:
        >>> from adrjax import regularizers
        >>> print(f"{regularizers.entropy([2.0, 1.0, 0.0]):.3f}")
        0.832

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eqs. (9) and (18).
    """
    logits = _checks.scores("logits", logits)
    value: jax.Array = _entropy(class_axis, logits)
    if not normalize:
        return value
    return value / math.log(_checks.at_least_two_classes(logits, class_axis))


# Own rule because p log p is NaN where p underflows, and because -p (log p + H) cancels
# near uniform, where -p (z - E_p[z]) loses nothing.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _entropy(class_axis: str | None, logits: jax.Array) -> jax.Array:
    return _fwd(class_axis, logits)[0]


def _fwd(class_axis, logits):
    row = moments(logits, class_axis)
    return row.entropy, (logits, row)


def _bwd(class_axis, residuals, cotangent):
    logits, row = residuals
    p = softmax(logits, row)
    gradient = jnp.where(p == 0, 0, p * subtract_row(logits, row.mean))
    return (-cotangent[..., None] * gradient,)


_entropy.defvjp(_fwd, _bwd)
