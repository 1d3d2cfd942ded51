"""Lengths, directions and products of vectors, finite where there is no direction."""

import jax
import jax.numpy as jnp


def norm(x: jax.Array) -> jax.Array:
    """Returns the length of each vector, `[...]`: 0 below 1e-12, without gradient.

    The derivative of a square root is infinite at 0, and no direction is right there.
    """
    scale, scaled, has_length = _scaled(x)
    return jnp.where(has_length, scale * _root_of_squares(scaled, has_length), 0)[
        ..., 0
    ]


def inverse_norm(x: jax.Array) -> jax.Array:
    """Returns 1 over the length of each vector, `[...]`; 0 for one without length."""
    scale, scaled, has_length = _scaled(x)
    return jnp.where(has_length, 1 / _root_of_squares(scaled, has_length) / scale, 0)[
        ..., 0
    ]


def unit(x: jax.Array) -> jax.Array:
    """Returns the direction of each vector; one without length becomes 0."""
    return x * inverse_norm(x)[..., None]


def _scaled(x):
    """Returns a power of 2, the vector over it and whether the vector has a length.

    The squares of such a vector neither overflow nor vanish, and it is not rounded.
    """
    largest = jnp.max(jnp.abs(x), axis=-1, keepdims=True)
    largest = jax.lax.stop_gradient(jnp.where(largest > 0, largest, 1))
    scale = largest / (2 * jnp.frexp(largest)[0])
    scaled = x / scale
    square = jax.lax.stop_gradient(jnp.sum(scaled * scaled, axis=-1, keepdims=True))
    return scale, scaled, scale * jnp.sqrt(square) > 1e-12


def _root_of_squares(x, has_length):
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    return jnp.sqrt(jnp.where(has_length, square, 1))


def inner_products(x: jax.Array, y: jax.Array) -> jax.Array:
    """Returns the product of each row of x with each of y, `[..., len(y)]`.

    In full precision: accelerators multiply float32 by fewer digits unless told.
    """
    return jnp.tensordot(x, y, axes=(-1, -1), precision=jax.lax.Precision.HIGHEST)
