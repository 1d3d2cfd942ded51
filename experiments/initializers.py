"""The first values of several pages' classifiers, as named functions."""

from typing import Any

import jax
import jax.numpy as jnp


def normal(
    key: jax.Array, shape: Any, dtype: Any = jnp.float32, *, std: float
) -> jax.Array:
    """Weights that are normal with mean 0, Caffe's "gaussian"."""
    return std * jax.random.normal(key, shape, dtype)


def zeros(key: jax.Array, shape: Any, dtype: Any = jnp.float32) -> jax.Array:
    """A bias of 0."""
    return jnp.zeros(shape, dtype)
