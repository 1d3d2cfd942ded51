"""Entropy of the prediction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import moments


def entropy(logits: ArrayLike, *, normalize: bool = False) -> jax.Array:
    r"""Pushes every prediction away from uniform, the harder the more certain it is.

    .. math:: H = -\sum_j p_j \log p_j, \qquad
        \frac{\partial H}{\partial z_j} = -p_j (z_j - E_p[z]).

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        normalize: Whether to divide by its maximum, :math:`\log c`.

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
    if not normalize:
        return _entropy(logits)
    return _entropy(logits) / jnp.log(_checks.at_least_two_classes(logits))


# Own rule because p log p is NaN where p underflows, and -p (log p + H) cancels near
# uniform; log Z - E_p[z - m] and -p (z - E_p[z]) lose nothing.
@jax.custom_vjp
def _entropy(logits):
    return _fwd(logits)[0]


def _fwd(logits):
    row = moments(logits)
    return row.log_partition - row.mean, (logits, row)


def _bwd(residuals, cotangent):
    logits, row = residuals
    d = logits - row.shift[..., None]
    p = jnp.exp(d - row.log_partition[..., None])
    slope = jnp.where(p > 0, p * (d - row.mean[..., None]), 0)
    return (-cotangent[..., None] * slope,)


_entropy.defvjp(_fwd, _bwd)
