"""The statistics of a row of logits that all losses and regularizers share.

`subtract_row(logits, row)` subtracts a statistic of the row, which is kept as two
floats: at logits of 1e4 one float would lose three digits. The backward passes use it
to compute the softmax again. They do not share the forward pass's `logits - shift`,
which XLA would then store, and all are written alike, so that XLA merges the passes of
a sum of several functions into one.

Classes may be split over the devices of `class_axis`. Each device then has its part of
every row, labels counted from its first class, and the statistics of whole rows.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from adrjax._devices import pmax, psum

_MIN_ONLINE = 64  # classes
_Sums = tuple[jax.Array, jax.Array, jax.Array]


class TwoSum(NamedTuple):
    """An unevaluated sum of two floats: `high + low`, `[...]` each."""

    high: jax.Array
    low: jax.Array


class Moments(NamedTuple):
    r"""The statistics of a row's softmax p.

    Attributes:
        largest: The largest logit, `[...]`.
        log_partition: :math:`\log \sum_j e^{z_j}`.
        mean: :math:`E_p[z] = \sum_j p_j z_j`.
        entropy: :math:`-\sum_j p_j \log p_j`, in nats, `[...]`.
    """

    largest: jax.Array
    log_partition: TwoSum
    mean: TwoSum
    entropy: jax.Array


def moments(logits: jax.Array, class_axis: str | None = None) -> Moments:
    """Returns the moments of each row; classes of logit -inf add nothing to them.

    On an NVIDIA GPU, rows that are not short are read once, not twice.
    """
    if class_axis is None and logits.shape[-1] >= _MIN_ONLINE:
        shift, partition, total = jax.lax.platform_dependent(
            logits, cuda=_sums_online, default=_sums
        )
    else:
        shift, partition, total = _sums(logits, class_axis)
    # Two terms that are never negative, so that their difference loses nothing.
    log_partition, mean = jnp.log(partition), total / partition
    return Moments(
        shift,
        two_sum(shift, log_partition),
        two_sum(shift, mean),
        log_partition - mean,
    )


def _sums(logits: jax.Array, class_axis: str | None = None) -> _Sums:
    """Returns the largest logit, and the sums of exp(d) and d exp(d) below it."""
    shift = pmax(jnp.max(logits, axis=-1), class_axis)
    d = logits - shift[..., None]
    e = jnp.exp(d)
    partition = psum(jnp.sum(e, axis=-1), class_axis)
    total = psum(jnp.sum(jnp.where(e == 0, 0, e * d), axis=-1), class_axis)
    return shift, partition, total


@jax.custom_jvp
def _sums_online(logits: jax.Array) -> _Sums:
    """Returns the same by one reduction, which moves the sums to the larger logit."""

    def moved(sums: _Sums, shift: jax.Array) -> tuple[jax.Array, jax.Array]:
        own, partition, total = sums
        e = jnp.where(own == -jnp.inf, 0, jnp.exp(own - shift))
        d = jnp.where(e == 0, 0, own - shift)
        return e * partition, e * (total + d * partition)

    def merged(a: _Sums, b: _Sums) -> _Sums:
        shift = jnp.maximum(a[0], b[0])
        partition, total = map(jnp.add, moved(a, shift), moved(b, shift))
        return shift, partition, total

    lowest, zero = (jnp.array(x, logits.dtype) for x in (-jnp.inf, 0))
    return jax.lax.reduce(
        (logits, jnp.ones_like(logits), jnp.zeros_like(logits)),
        (lowest, zero, zero),
        merged,
        (logits.ndim - 1,),
    )


# Own rule because a reduction by another function than a sum has none.
@_sums_online.defjvp
def _sums_jvp(
    primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[_Sums, _Sums]:
    return _sums_online(*primals), jax.jvp(_sums, primals, tangents)[1]


def two_sum(a: jax.Array, b: jax.Array) -> TwoSum:
    """Returns a + b and its rounding error."""
    high = a + b
    rest = high - a
    return TwoSum(high, (a - (high - rest)) + (b - rest))


def subtract_row(logits: jax.Array, row: TwoSum) -> jax.Array:
    """Returns logits minus a number of their row, `[..., num_classes]`."""
    return logits - row.high[..., None] - row.low[..., None]


def softmax(logits: jax.Array, row: Moments) -> jax.Array:
    """Returns the probabilities of the classes, `[..., num_classes]`."""
    return jnp.exp(subtract_row(logits, row.log_partition))


def weighted_log(weight: jax.Array, log_p: jax.Array) -> jax.Array:
    """Returns `weight * log_p`, and 0 where the weight is 0 and `log_p` is -inf."""
    is_zero = (weight == 0) & (log_p < jnp.finfo(log_p.dtype).min)
    return weight * jnp.where(is_zero, 0, log_p)
