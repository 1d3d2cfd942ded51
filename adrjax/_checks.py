"""Checks made once, while a function is traced, and the promotion of half precision.

Public functions call these in their first lines and nothing else looks at dtypes, so
that behind them stands only the equation.
"""

import math

import jax
from jax.core import Tracer
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np


def _is_known(x: ArrayLike) -> bool:
    """Tells whether the values of `x` can be read while tracing."""
    return not isinstance(x, Tracer) and getattr(x, "is_fully_addressable", True)


def floating(name: str, x: ArrayLike) -> jax.Array:
    """Returns `x` in at least float32."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"{name} must be floating, got {x.dtype}")
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def scores(name: str, x: ArrayLike) -> jax.Array:
    """Returns scores `[..., num_classes]` in at least float32."""
    x = floating(name, x)
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"{name} must be [..., num_classes], got shape {x.shape}")
    return x


def logits_and_labels(
    logits: ArrayLike, labels: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns logits in at least float32 and integer labels of their leading shape."""
    logits = scores("logits", logits)
    return logits, labels_of(logits, labels)


def labels_of(logits: jax.Array, labels: ArrayLike, name: str = "logits") -> jax.Array:
    """Returns integer labels that fit the logits, or scores of another name."""
    labels = integer_labels(labels, logits.shape[-1])
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"{name} of shape {logits.shape} want labels of shape "
            f"{logits.shape[:-1]}, got labels of shape {labels.shape}"
        )
    return labels


def distributions_of(logits: jax.Array, targets: ArrayLike) -> jax.Array:
    """Returns floating target distributions that fit the logits, in their dtype."""
    targets = jnp.asarray(targets)
    if targets.shape != logits.shape:
        raise ValueError(
            f"floating labels are distributions over the classes: logits of shape "
            f"{logits.shape} want the same shape, got {targets.dtype} labels of shape "
            f"{targets.shape}; cast class labels with .astype(int)"
        )
    return targets.astype(logits.dtype)


def integer_labels(labels: ArrayLike, num_classes: int) -> jax.Array:
    """Returns integer labels; those known while tracing must name a class."""
    array = jnp.asarray(labels)
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(
            f"labels must be integer classes, got {array.dtype} of shape "
            f"{array.shape}; cast them with .astype(int)"
        )
    if _is_known(labels) and array.size:
        low, high = int(np.asarray(labels).min()), int(np.asarray(labels).max())
        if low < 0 or high >= num_classes:
            raise ValueError(
                f"labels must lie in 0..{num_classes - 1} for {num_classes} classes, "
                f"got {low}..{high}"
            )
    return array


def between(name: str, x: ArrayLike, low: float, high: float = math.inf) -> jax.Array:
    """Returns the number `x`, which must lie in [low, high] if it is known."""
    if _is_known(x) and not np.all((np.asarray(x) >= low) & (np.asarray(x) <= high)):
        wanted = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {wanted}, got {x}")
    return jnp.asarray(x)


def count(name: str, n: int, *, low: int, high: int | None = None, of: str = "") -> int:
    """Returns the whole number `n`, which must lie in low..high; `of` names high."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{name} must be a whole number known while tracing, got {n!r}")
    if n < low or (high is not None and n > high):
        wanted = f"at least {low}" if high is None else f"in {low}..{high}{of}"
        raise ValueError(f"{name} must be {wanted}, got {n}")
    return int(n)


def one_of(name: str, x: str, options: tuple[str, ...]) -> str:
    """Returns the option `x`, which must be one of `options`."""
    if x not in options:
        wanted = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {wanted}, got {x!r}")
    return x


def at_least_two_classes(logits: jax.Array) -> int:
    """Returns the number of classes, which must leave something to be uncertain of."""
    c = logits.shape[-1]
    if c < 2:
        raise ValueError(
            f"logits must have at least 2 classes, got shape {logits.shape}"
        )
    return c


def density_is_finite(name: str, tau: int, kappa: float, logits: jax.Array) -> None:
    """Raises where exp(-1 / (2 phi)) / (2 pi phi^(2 kappa))^(tau / 2) can overflow."""
    peak = kappa * tau * (math.log(2 * kappa * tau) - 1) - tau / 2 * math.log(
        2 * math.pi
    )
    if peak > math.log(float(jnp.finfo(logits.dtype).max)):
        raise ValueError(
            f"{name}={tau} overflows {logits.dtype}: the density reaches "
            f"exp({peak:.0f}) at the certainty of its peak; take a smaller {name}"
        )


def vectors(name: str, x: ArrayLike) -> jax.Array:
    """Returns vectors `[..., dim]` in at least float32."""
    x = floating(name, x)
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"{name} must be [..., dim], got shape {x.shape}")
    return x


def vectors_like(
    name: str, x: ArrayLike, other_name: str, other: jax.Array
) -> jax.Array:
    """Returns vectors of the shape and dtype of others."""
    x = floating(name, x)
    if x.shape != other.shape:
        raise ValueError(
            f"{name} must have the shape of {other_name}, {other.shape}, got {x.shape}"
        )
    return x.astype(other.dtype)


def class_vectors(name: str, x: ArrayLike) -> jax.Array:
    """Returns one vector a class, `[num_classes, dim]`, in at least float32."""
    x = floating(name, x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name} must be [num_classes, dim], got shape {x.shape}")
    return x


def features_and_rows(
    features: ArrayLike, rows: ArrayLike, name: str
) -> tuple[jax.Array, jax.Array]:
    """Returns features and one vector a class of their dimension, in their dtype."""
    features, rows = vectors("features", features), class_vectors(name, rows)
    if rows.shape[1] != features.shape[-1]:
        raise ValueError(
            f"features of shape {features.shape} want {name} of shape [num_classes, "
            f"{features.shape[-1]}], got {rows.shape}"
        )
    return features, rows.astype(features.dtype)


def features_and_labels(
    features: ArrayLike, labels: ArrayLike, rows: ArrayLike, name: str = "centers"
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns features, integer labels of their leading shape, one vector a class."""
    features, rows = features_and_rows(features, rows, name)
    return features, labels_beside(features, labels, len(rows)), rows


def labels_beside(
    features: jax.Array, labels: ArrayLike, num_classes: int
) -> jax.Array:
    """Returns integer labels that fit the features."""
    labels = integer_labels(labels, num_classes)
    if labels.shape != features.shape[:-1]:
        raise ValueError(
            f"features of shape {features.shape} want labels of shape "
            f"{features.shape[:-1]}, got labels of shape {labels.shape}"
        )
    return labels


def cosines_and_labels(
    cosines: ArrayLike, labels: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns cosines in at least float32 and integer labels of their leading shape."""
    cosines = scores("cosines", cosines)
    return cosines, labels_of(cosines, labels, "cosines")


def same_or_not(same: ArrayLike, vectors: jax.Array) -> jax.Array:
    """Returns whether each pair is of one class, bool, one for each vector."""
    same = jnp.asarray(same)
    if same.dtype != bool or same.shape != vectors.shape[:-1]:
        raise ValueError(
            f"same must be bool of shape {vectors.shape[:-1]}, True where a pair is of "
            f"one class, got {same.dtype} of shape {same.shape}"
        )
    return same


def variance_of(features: jax.Array, variance: ArrayLike) -> jax.Array:
    """Returns one positive variance in the dtype of the features."""
    shape = jnp.shape(variance)
    if shape != () or (_is_known(variance) and not np.asarray(variance) > 0):
        got = f"shape {shape}" if shape else variance
        raise ValueError(f"variance must be one positive number, got {got}")
    return jnp.asarray(variance, features.dtype)


def simplex_fits(num_classes: int, dim: int) -> None:
    """Raises where there are no so many points of equal distance."""
    if num_classes > dim + 1:
        raise ValueError(
            f"num_classes={num_classes} centroids of equal angles need at least "
            f"{num_classes - 1} dimensions, got dim={dim}; centroids.repulsion spreads "
            "more classes than dim + 1"
        )
