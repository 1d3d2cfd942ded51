"""Linear warmup."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import optax

from adrjax import _checks
from adrjax.optimizers import _options


def with_warmup(
    schedule: optax.Schedule, *, steps: int, start: ArrayLike = 0.0
) -> optax.Schedule:
    """Linear warmup before any schedule.

    The rate rises on a straight line to the first rate of the schedule. The schedule
    starts at its own step 0 after the warmup: it lasts `steps` fewer steps than the
    run, and its drops count from there. The warmups of optax belong to a constant, a
    cosine or an exponential decay.

    Args:
        schedule: The schedule after the warmup.
        steps: The number of steps of the warmup; 0 for none.
        start: The rate of step 0.

    Returns:
        The schedule with the warmup.

    Raises:
        TypeError: If `steps` is not an integer.
        ValueError: If `steps` or `start` is negative, or `start` is NaN.

    Example:
        >>> from adrjax import optimizers
        >>> schedule = optimizers.step_decay(1.0, at=[3])
        >>> schedule = optimizers.with_warmup(schedule, steps=4)
        >>> [round(float(schedule(step)), 3) for step in (0, 1, 4, 6, 7)]
        [0.0, 0.25, 1.0, 1.0, 0.1]
    """
    steps = _checks.count("steps", steps, low=0)
    start = _options.number("start", start)

    if not steps:
        return schedule

    def warmed_up(step: ArrayLike) -> jax.Array:
        step = jnp.asarray(step)
        rise = start + (jnp.asarray(schedule(0)) - start) * (step.astype(float) / steps)
        return jnp.where(step < steps, rise, schedule(jnp.maximum(step - steps, 0)))

    return warmed_up
