"""Lengths and directions of vectors."""

from jax import Array
import jax.numpy as jnp


def norms(x: Array) -> Array:
    return jnp.linalg.norm(x, axis=-1)


def directions(x: Array) -> Array:
    return x / norms(x)[..., None]
