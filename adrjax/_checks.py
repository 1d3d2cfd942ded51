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

from adrjax._devices import axis_size


def _is_known(x: ArrayLike) -> bool:
    """Tells whether the values of `x` can be read while tracing."""
    return not isinstance(x, Tracer) and getattr(x, "is_fully_addressable", True)


def values(x: ArrayLike) -> np.ndarray | None:
    """Returns the values of `x` if they can be read while tracing."""
    return np.asarray(x) if _is_known(x) else None


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


def num_classes_of(logits: jax.Array, num_classes: int) -> None:
    """Raises where the logits are not of so many classes."""
    if logits.shape[-1] != num_classes:
        raise ValueError(
            f"logits must be [..., {num_classes}] for num_classes={num_classes}, got "
            f"shape {logits.shape}"
        )


def like_logits(name: str, x: ArrayLike, logits: jax.Array) -> jax.Array:
    """Returns other scores that fit the logits, in their dtype."""
    x = floating(name, x)
    if x.shape != logits.shape:
        raise ValueError(
            f"{name} must have the shape of the logits, {logits.shape}, got shape "
            f"{x.shape}"
        )
    return x.astype(logits.dtype)


def integer_labels(
    labels: ArrayLike, num_classes: int, name: str = "labels"
) -> jax.Array:
    """Returns integer labels; those known while tracing must name a class."""
    array = jnp.asarray(labels)
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(
            f"{name} must be integer classes, got {array.dtype} of shape "
            f"{array.shape}; cast them with .astype(int)"
        )
    if _is_known(labels) and array.size:
        low, high = int(np.asarray(labels).min()), int(np.asarray(labels).max())
        if low < 0 or high >= num_classes:
            raise ValueError(
                f"{name} must lie in 0..{num_classes - 1} for {num_classes} classes, "
                f"got {low}..{high}"
            )
    # Narrower ones could not be compared with the number of classes.
    return array.astype(jnp.promote_types(array.dtype, jnp.int32))


def between(name: str, x: ArrayLike, low: float, high: float = math.inf) -> jax.Array:
    """Returns the number `x`, which must lie in [low, high] if it is known."""
    if _is_known(x) and not np.all((np.asarray(x) >= low) & (np.asarray(x) <= high)):
        wanted = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {wanted}, got {x}")
    return jnp.asarray(x)


def at_most(name: str, x: ArrayLike, high: float) -> jax.Array:
    """Returns the number `x`, which must be at most `high` if it is known."""
    if _is_known(x) and not np.all(np.asarray(x) <= high):
        raise ValueError(f"{name} must be at most {high:g}, got {x}")
    return jnp.asarray(x)


def positive(name: str, x: ArrayLike) -> jax.Array:
    """Returns the number `x`, which must be positive if it is known."""
    if _is_known(x) and not np.all(np.asarray(x) > 0):
        raise ValueError(f"{name} must be positive, got {x}")
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


def at_least_two_classes(logits: jax.Array, class_axis: str | None = None) -> int:
    """Returns the number of classes, which must leave something to be uncertain of."""
    c = logits.shape[-1] * axis_size(class_axis)
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


def cosines_and_labels(
    cosines: ArrayLike, labels: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns cosines in at least float32 and integer labels of their leading shape."""
    cosines = scores("cosines", cosines)
    return cosines, labels_of(cosines, labels, "cosines")


def transition(name: str, x: ArrayLike, num_classes: int) -> jax.Array:
    """Returns a matrix whose rows, if they are known, must be distributions."""
    matrix = floating(name, x)
    if matrix.shape != (num_classes, num_classes):
        raise ValueError(
            f"{name} of {num_classes} classes must be [{num_classes}, {num_classes}], "
            f"got shape {matrix.shape}"
        )
    if _is_known(x) and num_classes:
        rows = np.asarray(x, np.float64)
        error = np.maximum(np.abs(rows.sum(1) - 1), -rows.min(1))
        if not np.all(error < 1e-4):
            row = int(np.argmax(error))
            raise ValueError(
                f"{name} must be row-stochastic, row i the probabilities of what class "
                f"i becomes: row {row} has the sum {rows[row].sum():.6g} and the least "
                f"entry {rows[row].min():.6g}; transpose it if its columns sum to 1"
            )
    return matrix


def inverse(name: str, x: ArrayLike, matrix: jax.Array) -> jax.Array:
    """Returns the inverse of `matrix`, the checked `x`, in float64 if it is known."""
    if not _is_known(x):
        return jnp.linalg.inv(matrix)
    values = np.asarray(x, np.float64)
    condition = np.linalg.cond(values, 1)
    if not condition < 1e6:
        raise ValueError(
            f"{name} must be invertible, got one of condition number {condition:.3g}; "
            "forward_correction needs no inverse"
        )
    return jnp.asarray(np.linalg.inv(values), matrix.dtype)


def pixels(logits: jax.Array) -> jax.Array:
    """Returns the logits of an image's pixels."""
    if logits.ndim < 3:
        raise ValueError(
            "logits must be [..., height, width, num_classes], got shape "
            f"{logits.shape}"
        )
    return logits
