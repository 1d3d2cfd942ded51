"""Checks of the options of augmentations."""

from collections.abc import Sequence
import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks


def number(
    name: str, x: ArrayLike, low: float = -math.inf, high: float = math.inf
) -> jax.Array:
    """Returns one finite number as float32; if it is known, it must be in [low, high].

    Raises:
        ValueError: If it is an array, infinite, NaN or out of range.
    """
    if np.shape(x) != ():
        raise ValueError(f"{name} must be one number, got shape {np.shape(x)}")
    known = _checks.values(x)
    if known is not None and not (low <= known <= high and np.isfinite(known)):
        bounds = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {bounds}, got {x}")
    return jnp.asarray(x, jnp.float32)


def positive(name: str, x: ArrayLike) -> jax.Array:
    """Returns one finite number as float32; if it is known, it must be positive."""
    checked = number(name, x)
    known = _checks.values(x)
    if known is not None and not known > 0:
        raise ValueError(f"{name} must be positive, got {x}")
    return checked


def pair(name: str, bounds: Sequence[float]) -> tuple[float, float]:
    """Returns a least and a largest positive number."""
    if np.shape(bounds) == (2,) and 0 < bounds[0] <= bounds[1] < math.inf:
        return float(bounds[0]), float(bounds[1])
    raise ValueError(
        f"{name} must be a least and a largest positive number, got {bounds}"
    )


def size_of(size: Sequence[int], within: jax.Array | None = None) -> tuple[int, int]:
    """Returns height and width of a crop, which must fit into the image `within`."""
    if np.shape(size) != (2,):
        raise ValueError(f"size must be (height, width), got {size}")
    height, width = (_checks.count("size", side, low=1) for side in size)
    if within is not None and not (
        height <= within.shape[0] and width <= within.shape[1]
    ):
        raise ValueError(
            f"size must fit into the image of {within.shape[0]} x {within.shape[1]} "
            f"pixels, got {height} x {width}"
        )
    return height, width
