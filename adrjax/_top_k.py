"""The largest elements of a row, exact and fast on every platform."""

from collections.abc import Callable
import functools
import math
from typing import Any, NamedTuple, TypeVar

import jax
from jax.dtypes import float0
import jax.numpy as jnp
import numpy as np

from adrjax._devices import all_gather_invariant, axis_offset

T = TypeVar("T")
_MAX_MERGED = 16
_Element = tuple[jax.Array, jax.Array]  # its value and its index


class Part(NamedTuple):
    """Some of the largest elements of each row.

    Attributes:
        values: `[..., m]`.
        indices: Their places in the row, `[..., m]`.
    """

    values: jax.Array
    indices: jax.Array


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


def last_of(*parts: Part) -> Top:
    """Returns the set of the elements that `top_k` returned, in one part or several."""
    # No slice of the values: it would turn XLA's TopK on the CPU into a full sort.
    least = functools.reduce(jnp.minimum, [jnp.min(x.values, -1) for x in parts])
    last = [
        jnp.max(jnp.where(x.values == least[..., None], x.indices, -1), -1)
        for x in parts
    ]
    return Top(least, functools.reduce(jnp.maximum, last))


def top_k(x: jax.Array, k: int) -> Part:
    """Returns the elements of `jax.lax.top_k`, in any order within a row.

    Args:
        x: `[..., n]`.
        k: The number of elements, at most n.

    Returns:
        The values and the indices, `[..., k]` each.
    """

    def joined(*parts: Part) -> Part:
        return jax.tree.map(lambda *xs: jnp.concatenate(xs, axis=-1), *parts)

    return of_top_k(joined, x, k)


def of_top_k(function: Callable[..., T], x: jax.Array, k: int) -> T:
    """Returns a function of the elements of `jax.lax.top_k`.

    On a CPU a long row is first cut into blocks: the k largest elements, the lowest
    index first among equals, lie in the k blocks with the largest maxima, the lowest
    block first among equals. On an NVIDIA GPU, whose `jax.lax.top_k` sorts a row of
    fewer than 1,024 elements, one reduction merges sorted lists of k elements. Other
    platforms call `jax.lax.top_k`.

    Args:
        function: Maps one part with k elements of each row, or k parts with one, in any
            order, to arrays.
        x: `[..., n]`.
        k: The number of elements, at most n.
    """
    blocks = _num_blocks(x.shape[-1], k)

    def native(x: jax.Array) -> T:
        values, indices = jax.lax.top_k(x, k)
        return function(Part(values, indices.astype(jnp.int32)))

    def in_blocks(x: jax.Array) -> T:
        return function(_in_blocks(x, k, blocks or 1))

    def by_merging(x: jax.Array) -> T:
        return function(*_by_merging(x, k))

    return jax.lax.platform_dependent(
        x,
        cpu=native if blocks is None else in_blocks,
        cuda=by_merging if k <= _MAX_MERGED else native,
        default=native,
    )


def top_k_of_shards(x: jax.Array, k: int, axis_name: str) -> Part:
    """Returns `top_k` of rows that are split over the devices of an axis.

    Args:
        x: This device's part of each row, `[..., n]`.
        k: The number of elements, at most the length of the whole row.
        axis_name: The device axis.

    Returns:
        The values, and the indices relative to the start of this part, `[..., k]`.
    """
    first = axis_offset(x.shape[-1], axis_name)
    values, indices = top_k(x, min(k, x.shape[-1]))
    indices = all_gather_invariant(indices + first, axis_name)
    # Among equals the lowest index is first in each part, and so in the whole.
    values, places = jax.lax.top_k(all_gather_invariant(values, axis_name), k)
    return Part(values, jnp.take_along_axis(indices, places, axis=-1) - first)


def _in_blocks(x: jax.Array, k: int, blocks: int) -> Part:
    """Returns the k largest elements of each row, by those of its blocks."""
    blocked = x.reshape(*x.shape[:-1], blocks, -1)
    _, chosen = jax.lax.top_k(jnp.max(blocked, axis=-1), k)
    chosen = jnp.sort(chosen, axis=-1)  # the lowest index first among equals
    members = jnp.take_along_axis(blocked, chosen[..., None], axis=-2)
    values, places = jax.lax.top_k(members.reshape(*x.shape[:-1], -1), k)
    length = blocked.shape[-1]
    block = jnp.take_along_axis(chosen, places // length, axis=-1)
    indices = block * length + places % length
    return Part(values, indices.astype(jnp.int32))


def _by_merging(x: jax.Array, k: int) -> list[Part]:
    """Returns the k largest elements of each row, a part each, by one reduction."""
    values, indices = _merge(k, x)
    return [
        Part(v[..., None], i[..., None]) for v, i in zip(values, indices, strict=True)
    ]


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _merge(k: int, x: jax.Array) -> tuple[list[jax.Array], list[jax.Array]]:
    axis = x.ndim - 1
    lowest, none = jnp.array(-jnp.inf, x.dtype), jnp.array(x.shape[-1], jnp.int32)
    places = jax.lax.broadcasted_iota(jnp.int32, x.shape, axis)
    # Each element is a sorted list of itself and k - 1 times nothing.
    lists = x, *[jnp.full_like(x, lowest)] * (k - 1)
    lists += places, *[jnp.full_like(places, none)] * (k - 1)
    found = jax.lax.reduce(lists, (lowest,) * k + (none,) * k, _merged, (axis,))
    return [*found[:k]], [*found[k:]]


# Own rule because a reduction by another function than a sum has none.
@_merge.defjvp
def _merge_jvp(
    k: int, primals: tuple[jax.Array], tangents: tuple[jax.Array]
) -> tuple[Any, Any]:
    values, indices = _merge(k, *primals)
    of_values = [
        jnp.take_along_axis(*tangents, i[..., None], axis=-1)[..., 0] for i in indices
    ]
    return (values, indices), (of_values, [np.zeros(i.shape, float0) for i in indices])


def _merged(
    a: tuple[jax.Array, ...], b: tuple[jax.Array, ...]
) -> tuple[jax.Array, ...]:
    """Returns the first half of two sorted lists, sorted; values, then indices."""
    k = len(a) // 2
    first, second = ([*zip(x[:k], x[k:], strict=True)] for x in (a, b))
    # Of these pairs the better ones are the k best of both lists, in a new order.
    merged = [_in_order(x, y)[0] for x, y in zip(first, second[::-1], strict=True)]
    for turn in range(k):
        for i in range(turn % 2, k - 1, 2):
            merged[i : i + 2] = _in_order(*merged[i : i + 2])
    values, indices = zip(*merged, strict=True)
    return *values, *indices


def _in_order(x: _Element, y: _Element) -> tuple[_Element, _Element]:
    """Returns two elements, the larger one first, or of equals that of lower index."""
    is_x = (x[0] > y[0]) | ((x[0] == y[0]) & (x[1] < y[1]))
    best, other = (
        (jnp.where(is_x, a[0], b[0]), jnp.where(is_x, a[1], b[1]))
        for a, b in ((x, y), (y, x))
    )
    return best, other


def _num_blocks(n: int, k: int) -> int | None:
    """Returns the divisor of n for which both stages have about the same size."""
    if n < 512:
        return None
    wanted = 2.2 * math.sqrt(n * k)
    divisors = [b for b in range(k, n // 2 + 1) if n % b == 0]
    best = min(divisors, key=lambda b: abs(math.log(b / wanted)), default=None)
    return best if best and wanted / 4 < best < 4 * wanted else None
