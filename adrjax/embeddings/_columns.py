"""The dimensions of a batch as vectors over its examples."""

import jax
import jax.numpy as jnp

from adrjax._devices import psum


def batch_of(features: jax.Array, axis_name: str | None) -> tuple[jax.Array, jax.Array]:
    """Returns the features as `[batch, dim]`, and the size of the whole batch."""
    x = features.reshape(-1, features.shape[-1])
    return x, psum(jnp.asarray(len(x), x.dtype), axis_name)


def centered(x: jax.Array, batch: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the batch minus its mean, `[batch, dim]`."""
    total = psum(jnp.sum(x, axis=0, keepdims=True), axis_name)
    return x - total / jnp.maximum(batch, 1)


def unit_columns(x: jax.Array, batch: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns columns of mean 0 and length 1 over the whole batch, `[batch, dim]`.

    A column that is constant up to rounding becomes 0 and has no gradient.
    """
    c = centered(x, batch, axis_name)
    square = psum(jnp.sum(c * c, axis=0, keepdims=True), axis_name)
    rounding = 8 * jnp.finfo(x.dtype).eps
    floor = rounding**2 * psum(jnp.sum(x * x, axis=0, keepdims=True), axis_name)
    is_constant = square <= jnp.maximum(floor, 1e-24)
    return jnp.where(is_constant, 0, c / jnp.sqrt(jnp.where(is_constant, 1, square)))
