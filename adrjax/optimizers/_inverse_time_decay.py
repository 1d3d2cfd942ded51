"""Caffe's `inv` schedule."""

from jax.typing import ArrayLike
import optax


def inverse_time_decay(
    rate: ArrayLike, *, gamma: ArrayLike, power: ArrayLike
) -> optax.Schedule:
    r"""Lets the rate fall as a power of the steps, Caffe's `inv`.

    .. math:: \eta_t = \eta_0 (1 + \gamma t)^{-p}

    With a power of 1 it is the `decay` of Keras' optimizers.

    Args:
        rate: The rate of step 0.
        gamma: How fast it falls.
        power: The power p.

    Returns:
        The schedule.
    """
    return lambda step: rate / (1.0 + gamma * step) ** power
