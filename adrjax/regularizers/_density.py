"""The exponential of a logarithm that may be too large."""

import math

import jax
import jax.numpy as jnp


def density(log_density: jax.Array) -> jax.Array:
    """Returns exp of it, held, without gradient, at 1e-5 of the largest number.

    That much room is wanted by the gradient, which is a multiple of the density.
    """
    highest = math.log(float(jnp.finfo(log_density.dtype).max)) - math.log(1e5)
    return jnp.exp(jnp.minimum(log_density, highest))
