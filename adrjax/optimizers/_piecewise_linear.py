"""Piecewise linear schedule."""

from collections.abc import Sequence
import itertools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np
import optax

from adrjax.optimizers import _options


def piecewise_linear(
    steps: Sequence[int] | np.ndarray, rates: Sequence[float] | np.ndarray
) -> optax.Schedule:
    """Piecewise linear schedule through the rates of given steps (numpy's `interp`).

    The rate is constant before the first step and after the last one.
    `optax.piecewise_interpolate_schedule` takes factors between the rates instead, and
    no factor leads from a rate of 0 to another.

    Args:
        steps: At least one step, in ascending order.
        rates: The rate at each of these steps.

    Returns:
        The schedule.

    Raises:
        TypeError: If a step is not an integer.
        ValueError: If there is not one rate a step, the steps do not ascend or are
            negative, or a rate is NaN.

    Example:
        >>> from adrjax import optimizers
        >>> schedule = optimizers.piecewise_linear([0, 4, 6], [0.0, 1.0, 0.5])
        >>> [float(schedule(step)) for step in (1, 4, 5, 9)]
        [0.25, 1.0, 0.75, 0.5]
    """
    places = _options.steps("steps", steps)
    if not places or len(places) != len(rates):
        raise ValueError(
            "piecewise_linear must have one rate for each step, got "
            f"{len(places)} steps and {len(rates)} rates"
        )
    if any(a >= b for a, b in itertools.pairwise(places)):
        raise ValueError(f"steps must ascend, got {places}")
    values = [_options.number("rates", rate) for rate in rates]

    def schedule(step: ArrayLike) -> jax.Array:
        x = jnp.asarray(step, float)
        return jnp.interp(x, jnp.asarray(places, float), jnp.asarray(values, float))

    return schedule
