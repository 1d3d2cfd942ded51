"""Variance of the prediction."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import pmax, psum


def variance(logits: ArrayLike, *, class_axis: str | None = None) -> jax.Array:
    r"""Variance (Gini impurity) of the predicted probabilities, normalized to [0, 1].

    Minimizing it moves every prediction away from uniform, most strongly halfway to
    certainty: of two classes, at `p` = 0.79.

    .. math:: V = \frac{c}{c - 1} \sum_j p_j (1 - p_j), \qquad
        \frac{\partial V}{\partial z_j} =
        -\frac{2c}{c - 1} p_j \left(p_j - \sum_k p_k^2\right).

    It is 1 for a uniform prediction and 0 for a certain one. The paper plots it for two
    classes and prints no formula; the factor is not in the paper.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        class_axis: The device axis over which the classes are split, if any; see
            `heads.ShardedCosine`.

    Returns:
        The variance of each example, in [0, 1], `[...]`.

    Raises:
        TypeError: If the logits are not floating.
        ValueError: If there is only one class.

    Example:
        >>> from adrjax import regularizers
        >>> print(f"{regularizers.variance([2.0, 1.0, 0.0]):.3f}")
        0.734

    Reference:
        Zhao et al., Adaptive Discriminative Regularization for Visual Classification,
        Fig. 4 (a).
    """
    logits = _checks.scores("logits", logits)
    c = _checks.at_least_two_classes(logits, class_axis)
    value: jax.Array = _variance(class_axis, logits)
    return c / (c - 1) * value


# Own rule because autodiff would store the probabilities, which the backward pass
# computes again from three numbers a row. With e_j = exp(z_j - max z) and S their sum,
#
#     V = (S - 1 + h) / S,  dV/dz_j = -2 e_j (h + e_j - 1) / S^2,
#     h = sum_j e_j (1 - e_j) / S,
#
# where p_j - sum_k p_k^2 would cancel in nearly uniform and nearly certain predictions.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _variance(class_axis: str | None, logits: jax.Array) -> jax.Array:
    return _fwd(class_axis, logits)[0]


def _fwd(class_axis, logits):
    shift = pmax(jnp.max(logits, axis=-1), class_axis)
    d = logits - shift[..., None]
    e = jnp.exp(d)
    total = psum(jnp.sum(e, axis=-1), class_axis)
    h = psum(jnp.sum(e * -jnp.expm1(d), axis=-1), class_axis) / total
    return (total - 1 + h) / total, (logits, shift, total, h)


def _bwd(class_axis, residuals, cotangent):
    logits, shift, total, h = residuals
    d = logits - shift[..., None]
    scale = -2 * cotangent / total**2
    return (scale[..., None] * jnp.exp(d) * (h[..., None] + jnp.expm1(d)),)


_variance.defvjp(_fwd, _bwd)
