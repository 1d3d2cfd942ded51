"""The log-odds of the label, of which every loss of its probability is a function."""

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

    Where the label names no class it is NaN, and its gradient 0.
    """
    return _fwd(logits, labels)[0]


def _fwd(logits, labels):
    largest = jnp.finfo(logits.dtype).max
    label = label_mask(logits, labels)
    others = jnp.where(label, -jnp.inf, logits)
    shift = jnp.clip(jnp.max(others, axis=-1), -largest)
    log_partition = jnp.log(jnp.sum(jnp.exp(others - shift[..., None]), axis=-1))
    # With no other class u is infinite; the largest number keeps its products finite.
    has_others = log_partition > -jnp.inf
    rest = two_sum(shift, jnp.where(has_others, log_partition, 0))
    odds = subtract_row(label_logit(logits, labels)[..., None], rest)[..., 0]
    odds = jnp.where(has_others, odds, largest)
    odds = jnp.where(is_valid_label(logits, labels), odds, jnp.nan)
    return odds, (logits, labels, rest, has_others)


def _bwd(residuals, cotangent):
    logits, labels, rest, has_others = residuals
    has_slope = is_valid_label(logits, labels) & has_others
    cotangent = jnp.where(has_slope, cotangent, 0)
    label = label_mask(logits, labels)
    r = jnp.where(label, 0, jnp.exp(subtract_row(logits, rest)))
    return cotangent[..., None] * (label - r), None


log_odds.defvjp(_fwd, _bwd)
