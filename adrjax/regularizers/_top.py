"""The statistic T of the most likely classes."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp

from adrjax._devices import axis_offset, pmax, pmin, psum
from adrjax._softmax import moments, softmax
from adrjax._top_k import Top, contains, last_of, top_k_of_shards

Statistic = Literal["l1", "l2"]


def _above(
    logits: jax.Array,
    probs: jax.Array,
    threshold: jax.Array,
    class_axis: str | None,
) -> Top:
    """Returns the classes above the threshold, or the most likely one if none is."""
    largest = jnp.finfo(logits.dtype).max
    least = jnp.min(jnp.where(probs > threshold, logits, largest), axis=-1)
    is_empty = pmin(least, class_axis) == largest
    # Equal logits are above it together, so that no index bounds the set.
    return Top(
        jnp.where(is_empty, pmax(jnp.max(logits, axis=-1), class_axis), least),
        jnp.where(is_empty, _most_likely(logits, class_axis), logits.shape[-1]),
    )


def _most_likely(logits: jax.Array, class_axis: str | None) -> jax.Array:
    """Returns the most likely class, counted from the first on this device.

    Not by `argmax`, which XLA does not vectorize on a CPU.
    """
    most = pmax(jnp.max(logits, axis=-1), class_axis)
    first = axis_offset(logits.shape[-1], class_axis)
    classes = jax.lax.broadcasted_iota(jnp.int32, logits.shape, logits.ndim - 1) + first
    end = jnp.iinfo(jnp.int32).max
    places = jnp.where(logits == most[..., None], classes, end)
    return pmin(jnp.min(places, axis=-1), class_axis) - first


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
    if threshold is None:
        largest, classes = top_k_of_shards(logits, tau, class_axis)
        top = last_of(largest, classes)
        p, members = softmax(largest, row), True
        over = None  # every device has the whole set
    else:
        p = softmax(logits, row)
        top = _above(logits, p, threshold, class_axis)
        members = contains(top, logits)
        over = class_axis

    def summed(x: jax.Array) -> jax.Array:
        return psum(jnp.sum(x, axis=-1, where=members), over)

    value = summed((p - mean) ** 2 if statistic == "l2" else p)
    number = summed(jnp.ones_like(p))
    inner = summed(p * _derivative(statistic, p, mean))
    return (value, number), (logits, row, top, mean, inner)


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
