"""Checks of arguments, made at trace time, and the promotion of half precision.

Public functions call these in their first lines. Nothing else looks at dtypes, and the
code behind them is the equation alone.
"""

from collections.abc import Callable
import math
import operator

import jax
from jax.core import Tracer
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax._devices import axis_size


def _is_known(x: ArrayLike) -> bool:
    """Returns whether the values of `x`, an array or nested lists, can be read."""
    return all(
        not isinstance(leaf, Tracer) and getattr(leaf, "is_fully_addressable", True)
        for leaf in jax.tree.leaves(x)
    )


def values(x: ArrayLike) -> np.ndarray | None:
    """Returns the values of `x`, or None while it is traced."""
    return np.asarray(x) if _is_known(x) else None


def floating(name: str, x: ArrayLike) -> jax.Array:
    """Returns `x` in at least float32."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"{name} must be floating, got {x.dtype}")
    return x.astype(jnp.float32) if x.dtype.itemsize < 4 else x


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
    dtype, shape = jnp.asarray(labels).dtype, jnp.asarray(labels).shape
    if shape != logits.shape[:-1]:
        is_integer = jnp.issubdtype(dtype, jnp.integer)
        one_hot = "; one-hot labels: jnp.argmax(labels, -1), or float for cross_entropy"
        raise (ValueError if is_integer else TypeError)(
            f"labels must be integer classes of shape {logits.shape[:-1]} for {name} "
            f"of shape {logits.shape}, got {dtype} of shape {shape}"
            + (one_hot if shape == logits.shape else "")
        )
    return integer_labels(labels, logits.shape[-1])


def distributions_of(logits: jax.Array, targets: ArrayLike) -> jax.Array:
    """Returns target distributions that fit the logits, in the logits' dtype."""
    targets = jnp.asarray(targets)
    if targets.shape != logits.shape:
        raise ValueError(
            f"floating labels are distributions over the classes and must have the "
            f"shape of the logits, {logits.shape}, got {targets.dtype} of shape "
            f"{targets.shape}; cast class labels with .astype(int)"
        )
    return targets.astype(logits.dtype)


def num_classes_of(logits: jax.Array, num_classes: int) -> None:
    """Raises unless the logits have `num_classes` classes."""
    if logits.shape[-1] != num_classes:
        raise ValueError(
            f"logits must be [..., {num_classes}] for num_classes={num_classes}, got "
            f"shape {logits.shape}"
        )


def like_logits(name: str, x: ArrayLike, logits: jax.Array) -> jax.Array:
    """Returns other scores of the logits' shape, in the logits' dtype."""
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
    """Returns signed labels of 32 bits or more; known ones must lie in the classes."""
    array = jnp.asarray(labels)
    if not jnp.issubdtype(array.dtype, jnp.integer):
        raise TypeError(
            f"{name} must be integer classes, got {array.dtype} of shape "
            f"{array.shape}; cast class labels with .astype(int), or take the "
            f"jnp.argmax({name}, -1) of one-hot labels"
        )
    if _is_known(labels) and array.size:
        low, high = int(np.asarray(labels).min()), int(np.asarray(labels).max())
        if low < 0 or high >= num_classes:
            raise ValueError(
                f"{name} must lie in 0..{num_classes - 1} for {num_classes} classes, "
                f"got {low}..{high}"
            )
    # Narrower labels could not be compared with the number of classes, and uint64 has
    # no common integer type with others; labels that int64 lacks become negative.
    if array.dtype.itemsize < 4:
        return array.astype(jnp.int32)
    is_unsigned = jnp.issubdtype(array.dtype, jnp.unsignedinteger)
    return (
        array.astype(jax.dtypes.canonicalize_dtype("int64")) if is_unsigned else array
    )


def between(
    name: str,
    x: ArrayLike,
    low: float,
    high: float = math.inf,
    *,
    like: jax.Array | None = None,
) -> jax.Array:
    """Returns the number `x`, which must lie in [low, high] if it is known.

    Args:
        name: The argument's name, for the message.
        x: The number.
        low: The smallest number allowed.
        high: The largest number allowed.
        like: If given, the result has its dtype. If not, a known number is weakly
            typed, like a Python number.
    """
    wanted = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
    return _number(name, x, wanted, lambda x: low <= x <= high, like)


def at_most(
    name: str, x: ArrayLike, high: float, *, like: jax.Array | None = None
) -> jax.Array:
    """Returns the number `x`, which must be at most `high` if it is known."""
    return _number(name, x, f"at most {high:g}", lambda x: x <= high, like)


def positive(name: str, x: ArrayLike, *, like: jax.Array | None = None) -> jax.Array:
    """Returns the number `x`, which must be positive if it is known."""
    return _number(name, x, "positive", lambda x: x > 0, like)


def finite(name: str, x: ArrayLike, *, like: jax.Array | None = None) -> jax.Array:
    """Returns the number `x`, which must be finite if it is known."""
    return _number(name, x, "finite", math.isfinite, like)


def _number(
    name: str,
    x: ArrayLike,
    wanted: str,
    is_right: Callable[[float], bool],
    like: jax.Array | None,
) -> jax.Array:
    """Returns a hyper-parameter whose dtype does not change the dtype of a loss."""
    shape = np.shape(x)
    if shape != ():
        raise ValueError(f"{name} must be one number, got shape {shape}")
    if not _is_known(x):
        return jnp.asarray(x) if like is None else jnp.asarray(x, like.dtype)
    dtype, kinds = np.asarray(x).dtype, (jnp.floating, jnp.integer)
    if not any(jnp.issubdtype(dtype, kind) for kind in kinds):
        raise TypeError(f"{name} must be a number, got {x!r}")
    number: float = np.asarray(x).item()  # a Python number is weakly typed
    if not is_right(number):
        raise ValueError(f"{name} must be {wanted}, got {number}")
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {number}")
    return jnp.asarray(number) if like is None else jnp.asarray(number, like.dtype)


def count(name: str, n: int, *, low: int, high: int | None = None, of: str = "") -> int:
    """Returns the integer `n`, which must lie in low..high; `of` says what high is."""
    try:
        number = None if isinstance(n, bool) else operator.index(n)
    except TypeError:
        number = None
    if number is None:
        raise TypeError(f"{name} must be an integer known while tracing, got {n!r}")
    if number < low or (high is not None and number > high):
        wanted = f"at least {low}" if high is None else f"in {low}..{high}{of}"
        raise ValueError(f"{name} must be {wanted}, got {number}")
    return number


def one_of(name: str, x: str, options: tuple[str, ...]) -> str:
    """Returns the option `x`, which must be one of `options`."""
    if x not in options:
        wanted = ", ".join(map(repr, options))
        raise ValueError(f"{name} must be one of {wanted}, got {x!r}")
    return x


def at_least_two_classes(logits: jax.Array, class_axis: str | None = None) -> int:
    """Returns the number of classes, over all shards, which must be 2 or more."""
    c = logits.shape[-1] * axis_size(class_axis)
    if c < 2:
        raise ValueError(
            f"logits must have at least 2 classes, got shape {logits.shape}"
        )
    return c


def density_is_finite(name: str, tau: int, kappa: float, logits: jax.Array) -> None:
    """Raises if exp(-1 / (2 phi)) / (2 pi phi^(2 kappa))^(tau / 2) can overflow."""
    peak = kappa * tau * (math.log(2 * kappa * tau) - 1) - tau / 2 * math.log(
        2 * math.pi
    )
    if peak > math.log(float(jnp.finfo(logits.dtype).max)):
        raise ValueError(
            f"{name}={tau} overflows {logits.dtype}: the peak of the density is "
            f"exp({peak:.0f}); use a smaller {name}"
        )


def cosines_and_labels(
    cosines: ArrayLike, labels: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns cosines in at least float32 and integer labels of their leading shape."""
    cosines = scores("cosines", cosines)
    return cosines, labels_of(cosines, labels, "cosines")


def transition(name: str, x: ArrayLike, num_classes: int) -> jax.Array:
    """Returns a transition matrix, whose rows must be distributions if it is known."""
    matrix = floating(name, x)
    if matrix.shape != (num_classes, num_classes):
        raise ValueError(
            f"{name} of {num_classes} classes must be [{num_classes}, {num_classes}], "
            f"got shape {matrix.shape}"
        )
    if _is_known(x) and num_classes:
        rows = np.asarray(x, np.float64)
        error = np.maximum(np.abs(rows.sum(1) - 1), -rows.min(1))
        # Rounding the entries of a row moves their sum by half an epsilon at most.
        tolerance = max(1e-4, float(jnp.finfo(jnp.asarray(x).dtype).eps))
        if not np.all(error < tolerance):
            row = int(np.argmax(error))
            raise ValueError(
                f"{name} must be row-stochastic, with P(label j | class i) in row i "
                f"and column j: row {row} has the sum {rows[row].sum():.6g} and the "
                f"smallest entry {rows[row].min():.6g}; transpose it if its columns "
                "sum to 1"
            )
    return matrix


def inverse(name: str, x: ArrayLike, matrix: jax.Array) -> jax.Array:
    """Returns the inverse of `matrix`, computed from `x` in float64 if it is known."""
    if not _is_known(x):
        return jnp.linalg.inv(matrix)
    known = np.asarray(x, np.float64)
    condition = np.linalg.cond(known, 1)
    if not condition < 1e6:
        raise ValueError(
            f"{name} must be invertible, got the condition number {condition:.3g}; "
            "forward_correction needs no inverse"
        )
    return jnp.asarray(np.linalg.inv(known), matrix.dtype)


def pixels(logits: jax.Array) -> jax.Array:
    """Returns logits of pixels, which must have a height and a width."""
    if logits.ndim < 3:
        raise ValueError(
            "logits must be [..., height, width, num_classes], got shape "
            f"{logits.shape}"
        )
    return logits
