"""The exponential of a logarithm that can be too large."""

import math

import jax
import jax.numpy as jnp


def density(log_density: jax.Array) -> jax.Array:
    """Returns exp(log_density), at most 1e-5 of the largest number.

    The gradient is 0 above that bound; it is a multiple of the density and must not
    overflow either.
    """
    highest = math.log(float(jnp.finfo(log_density.dtype).max)) - math.log(1e5)
    return jnp.exp(jnp.minimum(log_density, highest))
