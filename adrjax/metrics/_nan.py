"""NaN in, NaN out."""

import jax
import jax.numpy as jnp


def nan_of(x: jax.Array, axis: int | None = None) -> jax.Array:
    """Returns NaN if x holds a NaN along the axis, else 0, to add to a result."""
    return jnp.sum(x, axis=axis, where=jnp.isnan(x))
