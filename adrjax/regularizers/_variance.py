"""Variance of the prediction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._softmax import less, moments, softmax


def variance(logits: ArrayLike) -> jax.Array:
    r"""Pushes every prediction away from uniform, hardest halfway to certainty.

    .. math:: V = \frac{c}{c - 1} \sum_j p_j (1 - p_j), \qquad
        \frac{\partial V}{\partial z_j} =
        -\frac{2c}{c - 1} p_j \left(p_j - \sum_k p_k^2\right),

    which is 1 for a uniform prediction and 0 for a certain one. The paper draws it for
    two classes and prints no formula; the factor is ours.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.

    Returns:
        The variance of each example, in [0, 1], `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If there is only one class.

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Fig. 4 (a).
    """
    logits = _checks.scores("logits", logits)
    _checks.at_least_two_classes(logits)
    return _variance(logits)


# Own rule because autodiff would keep the probabilities, which two numbers a row
# recompute.
@jax.custom_vjp
def _variance(logits):
    return _fwd(logits)[0]


def _fwd(logits):
    c = logits.shape[-1]
    row = moments(logits)
    log_p = less(logits, row.log_partition)
    value = c / (c - 1) * jnp.sum(jnp.exp(log_p) * -jnp.expm1(log_p), axis=-1)
    return value, (logits, row)


def _bwd(residuals, cotangent):
    logits, row = residuals
    c = logits.shape[-1]
    p = softmax(logits, row)
    slope = p * (p - jnp.sum(p**2, axis=-1, keepdims=True))
    return (-2 * c / (c - 1) * cotangent[..., None] * slope,)


_variance.defvjp(_fwd, _bwd)
