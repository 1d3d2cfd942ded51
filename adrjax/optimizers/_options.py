"""Checks of the options of optimizers and schedules."""

from collections.abc import Callable, Iterable
import math
from typing import Any

import jax
from jax.typing import ArrayLike
import numpy as np
import optax

from adrjax import _checks


def number(
    name: str, x: ArrayLike, low: float = 0, high: float = math.inf
) -> float | jax.Array:
    """Returns a number, which must lie in [low, high] if it is known.

    A numpy number becomes one of Python, which leaves the dtype to the parameters.
    """
    if np.shape(x):
        raise ValueError(f"{name} must be one number, got shape {np.shape(x)}")
    known = _checks.values(x)
    if known is not None and not low <= known <= high:
        allowed = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must be {allowed}, got {x}")
    return x if isinstance(x, jax.Array) else float(np.asarray(x))


def is_zero(x: float | jax.Array) -> bool:
    """Returns whether a number is known to be 0."""
    known = _checks.values(x)
    return known is not None and known == 0


def number_or_schedule(name: str, x: optax.ScalarOrSchedule) -> optax.ScalarOrSchedule:
    """Returns a schedule, or a number that must be at least 0 if it is known."""
    return x if callable(x) else number(name, x)


def weight_decay(
    factor: ArrayLike, mask: Callable[[Any], Any] | None
) -> optax.GradientTransformation:
    """Returns the L2 penalty; without one, updates do not need the parameters."""
    factor = number("weight_decay", factor)
    return (
        optax.identity() if is_zero(factor) else optax.add_decayed_weights(factor, mask)
    )


def steps(name: str, xs: Iterable[int]) -> list[int]:
    """Returns steps, which must be integers from 0 up."""
    return [_checks.count(name, x, low=0) for x in np.asarray([*xs]).tolist()]
