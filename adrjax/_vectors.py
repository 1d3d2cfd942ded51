"""Lengths, directions and products of vectors, finite if a vector is 0."""

import jax
import jax.numpy as jnp

from adrjax._devices import out_sharding, spec


def norm(x: jax.Array) -> jax.Array:
    """Returns the length of each vector, `[...]`: 0 below 1e-12, without gradient.

    The derivative of a square root is infinite at 0, and no direction is right there.
    """
    scale, scaled, has_length = _scaled(x)
    length = jnp.where(has_length, scale * _root_of_squares(scaled, has_length), 0)
    return length[..., 0]


def inverse_norm(x: jax.Array) -> jax.Array:
    """Returns 1 over the length of each vector, `[...]`; 0 for a length below 1e-12."""
    scale, scaled, has_length = _scaled(x)
    inverse = jnp.where(has_length, 1 / _root_of_squares(scaled, has_length) / scale, 0)
    return inverse[..., 0]


def unit(x: jax.Array) -> jax.Array:
    """Returns the direction of each vector; 0 for a length below 1e-12."""
    return x * inverse_norm(x)[..., None]


def _scaled(x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns a power of 2, the vector over it and whether the vector has a length.

    The squares of the scaled vector neither overflow nor vanish, and scaling by a power
    of 2 does not round. A vector with a NaN has the length NaN.
    """
    largest = jnp.max(jnp.abs(x), axis=-1, keepdims=True)
    largest = jax.lax.stop_gradient(jnp.where(largest > 0, largest, 1))
    scale = largest / (2 * jnp.frexp(largest)[0])
    scaled = x / scale
    square = jax.lax.stop_gradient(jnp.sum(scaled * scaled, axis=-1, keepdims=True))
    return scale, scaled, ~(scale * jnp.sqrt(square) <= 1e-12)


def _root_of_squares(x: jax.Array, has_length: jax.Array) -> jax.Array:
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    return jnp.sqrt(jnp.where(has_length, square, 1))


def inner_products(x: jax.Array, y: jax.Array) -> jax.Array:
    """Returns the product of each row of x with each row of y, `[..., len(y)]`.

    In full precision: accelerators round float32 factors to fewer digits by default.
    Products of half precision are summed in float32.
    """
    dtype = jnp.float32 if x.dtype.itemsize < 4 else x.dtype
    return jnp.tensordot(
        x,
        y,
        axes=(-1, -1),
        precision=jax.lax.Precision.HIGHEST,
        preferred_element_type=dtype,
        out_sharding=out_sharding((*spec(x)[:-1], *spec(y)[:-1]), x, y),
    )
