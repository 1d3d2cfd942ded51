"""The largest elements of a row, exact and fast on every platform."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from adrjax._devices import all_gather_invariant, axis_offset


class Top(NamedTuple):
    """The set of a row's largest elements, by its last member in the order of `top_k`.

    Attributes:
        least: The smallest value in the set, `[...]`.
        last: The highest index of that value in the set, `[...]`.
    """

    least: jax.Array
    last: jax.Array


def contains(top: Top, x: jax.Array) -> jax.Array:
    """Returns which elements of each row are in its set, bool `[..., n]`."""
    least, last = top.least[..., None], top.last[..., None]
    indices = jax.lax.broadcasted_iota(last.dtype, x.shape, x.ndim - 1)
    return (x > least) | ((x == least) & (indices <= last))


def last_of(values: jax.Array, indices: jax.Array) -> Top:
    """Returns the set of the elements that `top_k` returned."""
    # No slice of `values`: it would turn XLA's TopK on the CPU into a full sort.
    least = jnp.min(values, axis=-1)
    return Top(least, jnp.max(jnp.where(values == least[..., None], indices, -1), -1))


def top_k(x: jax.Array, k: int) -> tuple[jax.Array, jax.Array]:
    """Returns the elements of `jax.lax.top_k`, in any order within a row.

    On a CPU a long row is first cut into blocks: the k largest elements, the lowest
    index first among equals, lie in the k blocks with the largest maxima, the lowest
    block first among equals. Other platforms call `jax.lax.top_k`.

    Args:
        x: `[..., n]`.
        k: The number of elements, at most n.

    Returns:
        The values and the indices, `[..., k]` each.
    """
    blocks = _num_blocks(x.shape[-1], k)
    if blocks is None:
        return _lax_top_k(x, k)

    def in_blocks(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        blocked = x.reshape(*x.shape[:-1], blocks, -1)
        _, chosen = jax.lax.top_k(jnp.max(blocked, axis=-1), k)
        chosen = jnp.sort(chosen, axis=-1)  # the lowest index first among equals
        members = jnp.take_along_axis(blocked, chosen[..., None], axis=-2)
        values, places = jax.lax.top_k(members.reshape(*x.shape[:-1], -1), k)
        length = blocked.shape[-1]
        block = jnp.take_along_axis(chosen, places // length, axis=-1)
        return values, block * length + places % length

    return jax.lax.platform_dependent(
        x, cpu=in_blocks, default=lambda x: _lax_top_k(x, k)
    )


def top_k_of_shards(
    x: jax.Array, k: int, axis_name: str | None
) -> tuple[jax.Array, jax.Array]:
    """Returns `top_k` of rows that are split over the devices of an axis.

    Args:
        x: This device's part of each row, `[..., n]`.
        k: The number of elements, at most the length of the whole row.
        axis_name: The device axis, None for whole rows.

    Returns:
        The values, and the indices relative to the start of this part, `[..., k]`.
    """
    if axis_name is None:
        return top_k(x, k)
    first = axis_offset(x.shape[-1], axis_name)
    values, indices = top_k(x, min(k, x.shape[-1]))
    indices = all_gather_invariant(indices + first, axis_name)
    # Among equals the lowest index is first in each part, and so in the whole.
    values, places = jax.lax.top_k(all_gather_invariant(values, axis_name), k)
    return values, jnp.take_along_axis(indices, places, axis=-1) - first


def _lax_top_k(x: jax.Array, k: int) -> tuple[jax.Array, jax.Array]:
    values, indices = jax.lax.top_k(x, k)
    return values, indices


def _num_blocks(n: int, k: int) -> int | None:
    """Returns the divisor of n for which both stages have about the same size."""
    if n < 512:
        return None
    wanted = 2.2 * math.sqrt(n * k)
    divisors = [b for b in range(k, n // 2 + 1) if n % b == 0]
    best = min(divisors, key=lambda b: abs(math.log(b / wanted)), default=None)
    return best if best and wanted / 4 < best < 4 * wanted else None
