"""Regularizers of logits, one value per example."""

import math
from typing import Literal

import jax
from jax import Array
import jax.numpy as jnp

Form = Literal["eq4", "eq14", "kernel"]


def entropy(logits: Array, *, normalize: bool = False) -> Array:
    """ADR, Eqs. (9) and (18)."""
    p = jax.nn.softmax(logits)
    h = -jnp.sum(p * jnp.log(p), axis=-1)
    return h / math.log(logits.shape[-1]) if normalize else h


def variance(logits: Array) -> Array:
    """ADR, Fig. 4 (a), as the Gini impurity over its maximum."""
    p, c = jax.nn.softmax(logits), logits.shape[-1]
    return c / (c - 1) * jnp.sum(p * (1 - p), axis=-1)


def adr(
    logits: Array,
    *,
    tau: int = 2,
    form: Form = "eq4",
    threshold: float | None = None,
    scope: Literal["sample", "batch"] = "sample",
    uncertainty: Literal["entropy", "variance"] = "entropy",
    statistic: Literal["l2", "l1"] = "l2",
    stop_uncertainty: bool = False,
) -> Array:
    """ADR, Eq. (4); Eq. (14) for "eq14", its exponential alone for "kernel"."""
    normalized_entropy = entropy(logits, normalize=True)
    phi = normalized_entropy if uncertainty == "entropy" else variance(logits)
    phi = jnp.mean(phi) if scope == "batch" else phi
    phi = jax.lax.stop_gradient(phi) if stop_uncertainty else phi
    top, is_top = _top(logits, tau, threshold)
    t = jnp.sum(top**2 if statistic == "l2" else top, axis=-1, where=is_top)
    n = jnp.sum(is_top, axis=-1)
    kernel = jnp.exp(-t / (2 * phi))
    if form == "eq4":
        return kernel / (math.sqrt(2 * math.pi) * phi) ** n
    return kernel / (2 * math.pi * phi) ** (n / 2) if form == "eq14" else kernel


def exponential_variance(logits: Array, *, tau: int = 2, form: Form = "eq4") -> Array:
    """ADR, Fig. 4 (c): Eq. (4) of the variance."""
    return adr(logits, tau=tau, form=form, uncertainty="variance")


def gsc(
    logits: Array,
    *,
    top_c: int = 2,
    mean: float = 0.0,
    threshold: float | None = None,
    normalize: bool = True,
    stop_uncertainty: bool = False,
) -> Array:
    """GSC, Eqs. (4), (5) and (9); Eq. (13) without `normalize`."""
    sigma = entropy(logits, normalize=normalize)
    sigma = jax.lax.stop_gradient(sigma) if stop_uncertainty else sigma
    top, is_top = _top(logits, top_c, threshold)
    t = jnp.sum((top - mean) ** 2, axis=-1, where=is_top)
    kernel = jnp.exp(-t / (2 * sigma**2))
    return kernel / (math.sqrt(2 * math.pi) * sigma) ** jnp.sum(is_top, axis=-1)


def spatial_continuity(logits: Array, *, normalize: bool = True) -> Array:
    """Kim et al., the continuity loss: of each direction the mean or the sum."""
    reduce = jnp.mean if normalize else jnp.sum
    down = reduce(jnp.abs(jnp.diff(logits, axis=-3)), axis=(-3, -2, -1))
    return down + reduce(jnp.abs(jnp.diff(logits, axis=-2)), axis=(-3, -2, -1))


def _top(logits: Array, k: int, threshold: float | None) -> tuple[Array, Array]:
    """The likeliest probabilities, and which of them the sum takes."""
    p = jax.nn.softmax(logits)
    if threshold is None:
        top = jax.lax.top_k(p, k)[0]
        return top, jnp.ones_like(top, bool)
    return p, (p > threshold) | jax.nn.one_hot(p.argmax(-1), p.shape[-1], dtype=bool)
