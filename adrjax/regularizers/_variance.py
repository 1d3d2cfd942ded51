"""Variance of the prediction."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import psum
from adrjax._softmax import moments, softmax, subtract_row


def variance(logits: ArrayLike, *, class_axis: str | None = None) -> jax.Array:
    r"""Pushes every prediction away from uniform, hardest halfway to certainty.

    .. math:: V = \frac{c}{c - 1} \sum_j p_j (1 - p_j), \qquad
        \frac{\partial V}{\partial z_j} =
        -\frac{2c}{c - 1} p_j \left(p_j - \sum_k p_k^2\right),

    which is 1 for a uniform prediction and 0 for a certain one. The paper draws it for
    two classes and prints no formula; the factor is ours.

    Args:
        logits: Unnormalised scores, `[..., num_classes]`.
        class_axis: The device axis that the classes are split over, if they are; see
            `heads.ShardedCosine`.

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
    c = _checks.at_least_two_classes(logits, class_axis)
    value: jax.Array = _variance(class_axis, logits)
    return c / (c - 1) * value


# Own rule because autodiff would keep the probabilities, which two numbers a row
# recompute.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _variance(class_axis, logits):
    return _fwd(class_axis, logits)[0]


def _fwd(class_axis, logits):
    row = moments(logits, class_axis)
    log_p = subtract_row(logits, row.log_partition)
    value = psum(jnp.sum(jnp.exp(log_p) * -jnp.expm1(log_p), axis=-1), class_axis)
    return value, (logits, row, value)


def _bwd(class_axis, residuals, cotangent):
    logits, row, value = residuals
    p = softmax(logits, row)
    squares = 1 - value
    return (-2 * cotangent[..., None] * p * (p - squares[..., None]),)


_variance.defvjp(_fwd, _bwd)
