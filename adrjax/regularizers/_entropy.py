"""Entropy of the prediction."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import moments, softmax, subtract_row


def entropy(
    logits: ArrayLike, *, normalize: bool = False, class_axis: str | None = None
) -> jax.Array:
    r"""Pushes every prediction away from uniform, the harder the more certain it is.

    .. math:: H = -\sum_j p_j \log p_j, \qquad
        \frac{\partial H}{\partial z_j} = -p_j (z_j - E_p[z]).

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        normalize: Whether to divide by its maximum, :math:`\log c`.
        class_axis: The device axis that the classes are split over, if they are; see
            `heads.ShardedCosine`.

    Returns:
        The entropy of each example in nats, or in [0, 1], `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If there is only one class to normalize by.

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Eqs. (9) and (18).
    """
    logits = _checks.scores("logits", logits)
    value: jax.Array = _entropy(class_axis, logits)
    if not normalize:
        return value
    return value / jnp.log(_checks.at_least_two_classes(logits, class_axis))


# Own rule because p log p is NaN where p underflows, and because -p (log p + H) cancels
# near uniform, where -p (z - E_p[z]) loses nothing.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _entropy(class_axis, logits):
    return _fwd(class_axis, logits)[0]


def _fwd(class_axis, logits):
    row = moments(logits, class_axis)
    return row.entropy, (logits, row)


def _bwd(class_axis, residuals, cotangent):
    logits, row = residuals
    p = softmax(logits, row)
    slope = jnp.where(p > 0, p * subtract_row(logits, row.mean), 0)
    return (-cotangent[..., None] * slope,)


_entropy.defvjp(_fwd, _bwd)
