"""The statistic T of the likeliest classes."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax._softmax import moments, softmax
from adrjax._top_k import Top, contains, last_of, top_k

Statistic = Literal["l1", "l2"]


def _above(logits: jax.Array, probs: jax.Array, threshold: jax.Array) -> Top:
    """Returns those of a probability above the threshold, at least the likeliest."""
    classes = jax.lax.broadcasted_iota(jnp.int32, logits.shape, logits.ndim - 1)
    likeliest = classes == jnp.argmax(logits, axis=-1, keepdims=True)
    members = (probs > threshold) | likeliest
    return last_of(jnp.where(members, logits, jnp.inf), classes)


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
    if threshold is None:
        likeliest, classes = top_k(logits, tau)
        top = last_of(likeliest, classes)
        p, members = softmax(likeliest, row), True
    else:
        p = softmax(logits, row)
        top = _above(logits, p, threshold)
        members = contains(top, logits)
    terms = (p - mean) ** 2 if statistic == "l2" else p
    value = jnp.sum(terms, axis=-1, where=members)
    number = jnp.sum(jnp.ones_like(p), axis=-1, where=members)
    inner = jnp.sum(p * _slope(statistic, p, mean), axis=-1, where=members)
    return (value, number), (logits, row, top, mean, inner)


def _bwd(statistic, tau, residuals, cotangents):
    logits, row, top, mean, inner = residuals
    p = softmax(logits, row)
    inner = inner[..., None]
    members = contains(top, logits)
    slope = p * jnp.where(members, _slope(statistic, p, mean) - inner, -inner)
    return cotangents[0][..., None] * slope, None, None


def _slope(statistic, p, mean):
    return 2 * (p - mean) if statistic == "l2" else jnp.ones_like(p)


_top_statistic.defvjp(_fwd, _bwd)
