"""The log-odds of the label, from which every loss of `p_y` alone is computed."""

import jax
import jax.numpy as jnp

from adrjax._labels import is_valid_label, label_logit, label_mask
from adrjax._softmax import subtract_row, two_sum

# Own rule because 1 - p_y, computed from p_y, is 0 in float32 from a margin of 17 on,
# and its logarithm and its ratios are infinite. The softmax of the other classes alone
# is exact at any margin, and the backward pass recomputes it from two numbers a row.


@jax.custom_vjp
def log_odds(logits: jax.Array, labels: jax.Array) -> jax.Array:
    r"""Returns :math:`u = \log \frac{p_y}{1 - p_y}`, `[...]`.

    With :math:`r` the softmax of the classes other than the label, and :math:`r_y = 0`,

    .. math:: u = z_y - \log \sum_{k \ne y} e^{z_k}, \qquad
        \frac{\partial u}{\partial z_j} = \delta_{jy} - r_j.

    It is -inf at a label of logit -inf, the largest number where all other logits are
    -inf, and NaN, with the gradient 0, where the label is not a class.
    """
    return _fwd(logits, labels)[0]


def _fwd(logits, labels):
    lowest = jnp.finfo(logits.dtype).min
    others = jnp.where(label_mask(logits, labels), lowest, logits)
    shift = jnp.maximum(jnp.max(others, axis=-1), lowest)
    partition = jnp.sum(jnp.exp(others - shift[..., None]), axis=-1)
    has_others = shift != lowest
    rest = two_sum(shift, jnp.where(has_others, jnp.log(partition), 0))
    label = label_logit(logits, labels)
    odds = subtract_row(label[..., None], rest)[..., 0]
    # With no other class u is infinite; the largest number keeps its products finite.
    # 0 times the label's logit is NaN if that is -inf too: then p is 0 / 0.
    odds = jnp.where(has_others, odds, 0 * label - lowest)
    odds = jnp.where(is_valid_label(logits, labels), odds, jnp.nan)
    return odds, (logits, labels, rest, has_others)


def _bwd(residuals, cotangent):
    logits, labels, rest, has_others = residuals
    has_gradient = is_valid_label(logits, labels) & has_others
    cotangent = jnp.where(has_gradient, cotangent, 0)
    label = label_mask(logits, labels)
    lowest = jnp.finfo(logits.dtype).min
    r = jnp.exp(jnp.where(label, lowest, subtract_row(logits, rest)))
    return cotangent[..., None] * jnp.where(label, 1, -r), None


log_odds.defvjp(_fwd, _bwd)
