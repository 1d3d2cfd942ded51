"""Affine maps of the pixels of an image."""

from typing import Literal

import jax
import jax.numpy as jnp

Interpolation = Literal["nearest", "bilinear"]
Border = Literal["black", "edge"]
INTERPOLATIONS = ("nearest", "bilinear")
BORDERS = ("black", "edge")


def warp(
    image: jax.Array,
    matrix: jax.Array,
    *,
    interpolation: Interpolation = "nearest",
    border: Border = "black",
) -> jax.Array:
    """Returns an image whose pixel (y, x) is that at `matrix @ (y, x, 1)` of the input.

    Both places are told from the middle of the image; the matrix is `[2, 3]`.
    """
    middle = (jnp.array(image.shape[:2]) - 1)[:, None, None] / 2
    y, x = jnp.stack(jnp.indices(image.shape[:2])) - middle
    a, b, c = jnp.moveaxis(matrix, -1, 0)[..., None, None]
    inputs = a * y + b * x + c + middle
    if interpolation == "nearest":
        return _take(image, jnp.round(inputs).astype(int), border)
    corner = jnp.floor(inputs)
    down, right = (inputs - corner)[..., None]

    def at(*step):
        places = corner.astype(int) + jnp.array(step)[:, None, None]
        return _take(image, places, border)

    upper = (1 - right) * at(0, 0) + right * at(0, 1)
    lower = (1 - right) * at(1, 0) + right * at(1, 1)
    return (1 - down) * upper + down * lower


def _take(image, places, border):
    height, width, channels = image.shape
    rows, columns = places
    nearest = jnp.clip(rows, 0, height - 1) * width + jnp.clip(columns, 0, width - 1)
    pixels = image.reshape(-1, channels)[nearest]
    if border == "edge":
        return pixels
    is_in = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return jnp.where(is_in[..., None], pixels, 0)


def turn(radians: jax.Array) -> jax.Array:
    """Returns the matrix of a rotation, `[2, 3]`."""
    c, s = jnp.cos(radians), jnp.sin(radians)
    return jnp.array([[c, -s, 0], [s, c, 0]])
