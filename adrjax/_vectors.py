"""Lengths, directions and products of vectors, finite where there is no direction."""

import jax
import jax.numpy as jnp


def norm(x: jax.Array) -> jax.Array:
    """Returns the length of each vector, `[...]`: 0 below 1e-12, without gradient.

    The derivative of a square root is infinite at 0, and no direction is right there.
    """
    square = jnp.sum(x * x, axis=-1)
    has_length = square > 1e-24
    return jnp.where(has_length, jnp.sqrt(jnp.where(has_length, square, 1)), 0)


def unit(x: jax.Array) -> jax.Array:
    """Returns the direction of each vector; one without length stays 0."""
    length = norm(x)[..., None]
    return x / jnp.where(length > 0, length, 1) * (length > 0)


def products(x: jax.Array, y: jax.Array) -> jax.Array:
    """Returns the product of each row of x with each of y, `[..., len(y)]`.

    In full precision: accelerators multiply float32 by fewer digits unless told.
    """
    return jnp.tensordot(x, y, axes=(-1, -1), precision=jax.lax.Precision.HIGHEST)


def names_class(labels: jax.Array, num_classes: int) -> jax.Array:
    """Returns whether each label names a class, bool `[...]`."""
    return (labels >= 0) & (labels < num_classes)


def rows(centers: jax.Array, labels: jax.Array) -> jax.Array:
    """Returns the center of each label, and 0 for one that names no class."""
    known = names_class(labels, len(centers))
    return jnp.where(known[..., None], centers[jnp.where(known, labels, 0)], 0)
