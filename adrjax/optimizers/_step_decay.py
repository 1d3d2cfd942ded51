"""Step decay."""

from collections.abc import Iterable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np
import optax

from adrjax.optimizers import _options


def step_decay(
    rate: ArrayLike, *, at: Iterable[int], factor: ArrayLike = 0.1
) -> optax.Schedule:
    r"""Step decay (torch's MultiStepLR): the rate times a factor at each given step.

    .. math:: \eta_t = \eta_0 f^{|\{a : a \le t\}|}

    Equal steps count each. They occur in short runs, whose `81 * steps // 164` and
    `122 * steps // 164` may agree; `optax.piecewise_constant_schedule` takes its steps
    as keys, which cannot be equal.

    Args:
        rate: The rate :math:`\eta_0` before the first drop.
        at: The first step of each lower rate, counted from 0, in any order.
        factor: The factor f of each drop.

    Returns:
        The schedule.

    Raises:
        TypeError: If a step is not an integer.
        ValueError: If a step, the rate or the factor is negative, or a number is NaN.

    Example:
        >>> from adrjax import optimizers
        >>> schedule = optimizers.step_decay(0.1, at=[2, 4])
        >>> [round(float(schedule(step)), 4) for step in range(5)]
        [0.1, 0.1, 0.01, 0.01, 0.001]
    """
    rate, factor = _options.number("rate", rate), _options.number("factor", factor)
    drops = np.asarray(_options.steps("at", at), np.int32)

    def schedule(step: ArrayLike) -> jax.Array:
        passed = jnp.sum(jnp.asarray(step, drops.dtype) >= drops, dtype=float)
        return rate * factor**passed

    return schedule
