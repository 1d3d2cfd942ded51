"""The statistic T of the most likely classes."""

from collections.abc import Callable
import functools
from typing import Any, Literal

import jax
from jax.dtypes import float0
import jax.numpy as jnp
import numpy as np

from adrjax._devices import axis_offset, pmin, psum
from adrjax._softmax import Moments, moments, softmax, subtract_row
from adrjax._top_k import Part, Top, contains, last_of, of_top_k, top_k_of_shards

Statistic = Literal["l1", "l2"]


def top_statistic(
    statistic: Statistic,
    tau: int,
    logits: jax.Array,
    threshold: jax.Array | None,
    mean: jax.Array | float,
    class_axis: str | None,
) -> tuple[jax.Array, jax.Array]:
    r"""Returns the statistic T of the most likely classes S, and their number.

    .. math:: T = \sum_{j \in S} h(p_j), \qquad
        \frac{\partial T}{\partial z_j} =
        p_j \left(h'(p_j) 1_{j \in S} - \sum_{k \in S} p_k h'(p_k)\right),

    where h is :math:`(p - \mu)^2` for "l2" and :math:`p` for "l1", and S is the set of
    the `tau` most likely classes or, if a threshold is given, of the classes above it.
    The number of classes, the threshold and the mean have no gradient.
    """
    return _top_statistic(statistic, tau, class_axis, logits, threshold, mean)


# Own rule because autodiff would store the probabilities and scatter into them; the
# set is two numbers a row, and the backward pass computes the rest again.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _top_statistic(
    statistic: Statistic,
    tau: int,
    class_axis: str | None,
    logits: jax.Array,
    threshold: jax.Array | None,
    mean: jax.Array | float,
) -> tuple[jax.Array, jax.Array]:
    return _fwd(statistic, tau, class_axis, logits, threshold, mean)[0]


def _fwd(statistic, tau, class_axis, logits, threshold, mean):
    row = moments(logits, class_axis)
    terms = functools.partial(_terms, statistic, row, mean)

    def of_parts(*parts: Part) -> tuple[tuple[jax.Array, ...], Top]:
        found = [[jnp.sum(x, axis=-1) for x in terms(y.values)] for y in parts]
        totals = (functools.reduce(jnp.add, x) for x in zip(*found, strict=True))
        return tuple(totals), last_of(*parts)

    if threshold is not None:
        sums, top = _of_classes_above(threshold, terms, class_axis, logits, row)
    elif class_axis is None:
        sums, top = of_top_k(of_parts, logits, tau)
    else:
        sums, top = of_parts(top_k_of_shards(logits, tau, class_axis))
    value, number, inner = sums
    return (value, number), (logits, row, top, mean, inner)


def _of_classes_above(
    threshold: jax.Array,
    terms: Callable[[jax.Array], tuple[jax.Array, ...]],
    class_axis: str | None,
    logits: jax.Array,
    row: Moments,
) -> tuple[tuple[jax.Array, ...], Top]:
    """Returns the sums of terms over the classes above a threshold, and their set."""
    end = logits.shape[-1]
    classes = jax.lax.broadcasted_iota(jnp.int32, logits.shape, logits.ndim - 1)
    above = subtract_row(logits, row.log_partition) > jnp.log(threshold)
    is_most = logits == row.largest[..., None]
    sums, least, place = _sums_and_minima(
        tuple(jnp.where(above, x, 0) for x in terms(logits)),
        jnp.where(above, logits, jnp.inf),
        jnp.where(is_most, classes, end),
    )
    sums = [psum(x, class_axis) for x in sums]
    # The most likely class, if none is above the threshold.
    is_empty = sums[1] == 0
    value, number, inner = (
        jnp.where(is_empty, alone[..., 0], x)
        for alone, x in zip(terms(row.largest[..., None]), sums, strict=True)
    )
    # Equal logits are above it together, so that no index bounds the set.
    top = Top(
        jnp.where(is_empty, row.largest, pmin(least, class_axis)),
        jnp.where(is_empty, _first_of_all(place, end, class_axis), end),
    )
    return (value, number, inner), top


@jax.custom_jvp
def _sums_and_minima(
    summed: tuple[jax.Array, ...], logits: jax.Array, places: jax.Array
) -> tuple[tuple[jax.Array, ...], jax.Array, jax.Array]:
    """Returns the sums of rows, the least logit and the first place, in one pass."""
    zero, end = jnp.array(0, logits.dtype), jnp.iinfo(places.dtype).max
    *sums, least, first = jax.lax.reduce(
        (*summed, logits, places),
        (zero, zero, zero, jnp.array(jnp.inf, logits.dtype), places.dtype.type(end)),
        lambda a, b: (*map(jnp.add, a[:3], b[:3]), *map(jnp.minimum, a[3:], b[3:])),
        (logits.ndim - 1,),
    )
    return tuple(sums), least, first


# Own rule because a reduction of several arrays has none. The least logit is compared
# only, so it needs no tangent.
@_sums_and_minima.defjvp
def _sums_and_minima_jvp(
    primals: tuple[Any, ...], tangents: tuple[Any, ...]
) -> tuple[Any, Any]:
    sums, least, first = _sums_and_minima(*primals)
    of_sums = tuple(jnp.sum(x, axis=-1) for x in tangents[0])
    return (sums, least, first), (
        of_sums,
        jnp.zeros_like(least),
        np.zeros(first.shape, float0),
    )


def _first_of_all(place: jax.Array, end: int, class_axis: str | None) -> jax.Array:
    """Returns the first place on any device, from the first class of this one."""
    if class_axis is None:
        return place
    first = axis_offset(end, class_axis)
    whole = jnp.where(place < end, place + first, jnp.iinfo(jnp.int32).max)
    return pmin(whole, class_axis) - first


def _terms(
    statistic: Statistic, row: Moments, mean: jax.Array | float, logits: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns h(p), 1 and p h'(p) of some classes of each row."""
    p = softmax(logits, row)
    h = (p - mean) ** 2 if statistic == "l2" else p
    return h, jnp.ones_like(p), p * _derivative(statistic, p, mean)


def _bwd(statistic, tau, class_axis, residuals, cotangents):
    logits, row, top, mean, inner = residuals
    p = softmax(logits, row)
    inner = inner[..., None]
    members = contains(top, logits)
    h = _derivative(statistic, p, mean)
    gradient = p * jnp.where(members, h - inner, -inner)
    return cotangents[0][..., None] * gradient, None, None


def _derivative(
    statistic: Statistic, p: jax.Array, mean: jax.Array | float
) -> jax.Array:
    """Returns h'(p)."""
    return 2 * (p - mean) if statistic == "l2" else jnp.ones_like(p)


_top_statistic.defvjp(_fwd, _bwd)
