"""The schedule of straight lines."""

from collections.abc import Sequence
import itertools

import jax.numpy as jnp
import optax


def piecewise_linear(steps: Sequence[int], rates: Sequence[float]) -> optax.Schedule:
    """Draws straight lines between the rates of some steps, numpy's `interp`.

    Before the first step and after the last the rate is theirs. The steps of
    `optax.piecewise_interpolate_schedule` have factors, which lead nowhere from 0.

    Args:
        steps: Steps in ascending order, at least one.
        rates: The rate at each of them.

    Returns:
        The schedule.

    Raises:
        ValueError: If there is not one rate a step, or the steps do not ascend.
    """
    if not steps or len(steps) != len(rates):
        raise ValueError(
            f"piecewise_linear wants a rate for each step, got {len(steps)} steps and "
            f"{len(rates)} rates"
        )
    if any(a >= b for a, b in itertools.pairwise(steps)):
        raise ValueError(f"steps must ascend, got {list(steps)}")
    return lambda step: jnp.interp(step, jnp.asarray(steps), jnp.asarray(rates))
