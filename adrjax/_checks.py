"""Checks made once, while a function is traced, and the promotion of half precision.

Public functions call these in their first lines and nothing else looks at dtypes, so
that behind them stands only the equation.
"""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np


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


def labels_of(logits: jax.Array, labels: ArrayLike) -> jax.Array:
    """Returns integer labels that fit the logits."""
    labels = integer_labels(labels, logits.shape[-1])
    if labels.shape != logits.shape[:-1]:
        raise ValueError(
            f"logits of shape {logits.shape} want labels of shape "
            f"{logits.shape[:-1]}, got labels of shape {labels.shape}"
        )
    return labels


def integer_labels(labels: ArrayLike, num_classes: int) -> jax.Array:
    """Returns integer labels; those known while tracing must name a class."""
    labels = jnp.asarray(labels)
    if not jnp.issubdtype(labels.dtype, jnp.integer):
        raise TypeError(
            f"labels must be integer classes, got {labels.dtype} of shape "
            f"{labels.shape}; cast them with .astype(int)"
        )
    if not isinstance(labels, jax.core.Tracer) and labels.size:
        low, high = int(np.min(labels)), int(np.max(labels))
        if low < 0 or high >= num_classes:
            raise ValueError(
                f"labels must lie in 0..{num_classes - 1} for {num_classes} classes, "
                f"got {low}..{high}"
            )
    return labels


def between(
    name: str,
    x: ArrayLike,
    low: float,
    high: float = float("inf"),
) -> ArrayLike:
    """Returns the number `x`, which must lie in [low, high] if it is known."""
    if isinstance(x, jax.core.Tracer):
        return x
    if not bool(np.all((np.asarray(x) >= low) & (np.asarray(x) <= high))):
        wanted = f"at least {low:g}" if high == float("inf") else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {wanted}, got {x}")
    return x


def count(name: str, n: int, low: int, high: int, of: str) -> int:
    """Returns the integer `n`, which must lie in low..high; `of` names the bound."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise TypeError(f"{name} must be a Python int, got {n!r}")
    if not low <= n <= high:
        raise ValueError(f"{name} must lie in {low}..{high} ({of}), got {n}")
    return int(n)
