"""The statistic T of the likeliest classes."""

import functools
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax._softmax import log_probs, moments

Statistic = Literal["l1", "l2"]


class Top(NamedTuple):
    """The set S of the likeliest classes, by its last member in the order of `top_k`.

    Attributes:
        least: The smallest logit in S, `[...]`.
        last: The highest class of that logit in S, `[...]`.
    """

    least: jax.Array
    last: jax.Array


def contains(top: Top, logits: jax.Array) -> jax.Array:
    """Returns which classes are in S, bool `[..., num_classes]`."""
    least, last = top.least[..., None], top.last[..., None]
    classes = jax.lax.broadcasted_iota(last.dtype, logits.shape, logits.ndim - 1)
    return (logits > least) | ((logits == least) & (classes <= last))


def top_tau(logits: jax.Array, tau: int) -> Top:
    """Returns the `tau` largest; of equals, the lowest class first."""
    values, classes = jax.lax.top_k(logits, tau)
    # No slice of `values`: it would turn XLA's TopK on the CPU into a full sort.
    least = jnp.min(values, axis=-1)
    return Top(least, jnp.max(jnp.where(values == least[..., None], classes, -1), -1))


def above(logits: jax.Array, probs: jax.Array, threshold: jax.Array) -> Top:
    """Returns those of a probability above the threshold, at least the likeliest."""
    first = top_tau(logits, 1)
    members = (probs > threshold) | contains(first, logits)
    least = jnp.min(jnp.where(members, logits, jnp.inf), axis=-1)
    at_least = members & (logits == least[..., None])
    classes = jax.lax.broadcasted_iota(first.last.dtype, logits.shape, logits.ndim - 1)
    return Top(least, jnp.max(jnp.where(at_least, classes, -1), axis=-1))


def top_statistic(
    statistic: Statistic,
    tau: int,
    logits: jax.Array,
    threshold: ArrayLike | None,
    mean: ArrayLike,
) -> tuple[jax.Array, jax.Array]:
    r"""Returns the statistic T of the likeliest classes S, and how many they are.

    .. math:: T = \sum_{j \in S} h(p_j), \qquad
        \frac{\partial T}{\partial z_j} =
        p_j \left(h'(p_j) 1_{j \in S} - \sum_{k \in S} p_k h'(p_k)\right),

    where h is :math:`(p - \mu)^2` for "l2" and :math:`p` for "l1", and S the `tau`
    likeliest classes, or if a threshold is given those above it. The number of classes,
    the threshold and the mean carry no gradient.
    """
    return _top_statistic(statistic, tau, logits, threshold, mean)


# Own rule because autodiff would keep the probabilities and scatter into them; the set
# is two numbers a row, and the backward pass recomputes the rest.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _top_statistic(statistic, tau, logits, threshold, mean):
    return _fwd(statistic, tau, logits, threshold, mean)[0]


def _fwd(statistic, tau, logits, threshold, mean):
    row = moments(logits)
    p = jnp.exp(log_probs(logits, row))
    top = top_tau(logits, tau) if threshold is None else above(logits, p, threshold)
    members = contains(top, logits)
    terms = (p - mean) ** 2 if statistic == "l2" else p
    value = jnp.sum(jnp.where(members, terms, 0), axis=-1)
    number = jnp.sum(members, axis=-1, dtype=logits.dtype)
    return (value, number), (logits, row, top, mean)


def _bwd(statistic, tau, residuals, cotangents):
    logits, row, top, mean = residuals
    p = jnp.exp(log_probs(logits, row))
    slope = 2 * (p - mean) if statistic == "l2" else 1
    slope = jnp.where(contains(top, logits), slope, 0)
    slope = p * (slope - jnp.sum(p * slope, axis=-1, keepdims=True))
    return cotangents[0][..., None] * slope, None, None


_top_statistic.defvjp(_fwd, _bwd)
