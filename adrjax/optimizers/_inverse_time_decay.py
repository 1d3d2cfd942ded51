"""Inverse time decay."""

import jax.numpy as jnp
from jax.typing import ArrayLike
import optax

from adrjax.optimizers import _options


def inverse_time_decay(
    rate: ArrayLike, *, gamma: ArrayLike, power: ArrayLike
) -> optax.Schedule:
    r"""Inverse time decay (Caffe's `inv`; Keras' `decay` with a power of 1).

    .. math:: \eta_t = \eta_0 (1 + \gamma t)^{-p}

    Args:
        rate: The rate :math:`\eta_0` of step 0.
        gamma: The decay :math:`\gamma` a step, at least 0.
        power: The power p.

    Returns:
        The schedule.

    Raises:
        ValueError: If `rate` or `gamma` is negative or NaN.

    Example:
        >>> from adrjax import optimizers
        >>> schedule = optimizers.inverse_time_decay(0.1, gamma=0.5, power=1)
        >>> [round(float(schedule(step)), 3) for step in (0, 2)]
        [0.1, 0.05]
    """
    rate, gamma = _options.number("rate", rate), _options.number("gamma", gamma)
    power = _options.number("power", power, -jnp.inf)
    return lambda step: rate * (1 + gamma * jnp.asarray(step, float)) ** -power
