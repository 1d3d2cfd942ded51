"""The step schedule."""

from collections.abc import Iterable

import jax.numpy as jnp
from jax.typing import ArrayLike
import optax

from adrjax import _checks


def step_decay(
    rate: ArrayLike, *, at: Iterable[int], factor: ArrayLike = 0.1
) -> optax.Schedule:
    r"""Multiplies the rate by a factor, once at each of some steps.

    .. math:: \eta_t = \eta_0 f^{|\{a : a \le t\}|},

    torch's `MultiStepLR`. In a short run steps such as `81 * steps // 164` may be
    equal, and then all of them count; keys of `optax.piecewise_constant_schedule` would
    be one.

    Args:
        rate: The rate before the first drop.
        at: The steps, counted from 0, that are the first of a lower rate.
        factor: What each of them multiplies the rate by.

    Returns:
        The schedule.

    Raises:
        TypeError: If a step is no whole number.
        ValueError: If a step is negative.
    """
    steps = [_checks.count("at", step, low=0) for step in at]

    def schedule(step):
        return rate * factor ** jnp.sum(step >= jnp.asarray(steps, jnp.int32))

    return schedule
