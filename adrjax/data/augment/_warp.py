"""Affine maps of the pixels of an image."""

import math
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
    """Returns an image whose pixel (y, x) is the input at `matrix @ (y, x, 1)`.

    Both places are relative to the middle of the image; the matrix is `[2, 3]`.
    """
    size = jnp.array(image.shape[:2], jnp.float32)[:, None, None]
    places = jnp.stack(jnp.indices(image.shape[:2], jnp.float32))
    y, x = (places - (size - 1) / 2)[:, None]
    if interpolation == "nearest":
        # With half a side as the unit, as torch's grid_sample, whose rounding decides
        # between two pixels as near.
        a, b, c = _columns(matrix / (size[:, 0] / 2))
        inputs = (a * y + b * x + c + 1) * (size / 2) - 0.5
        return _take(image, jnp.round(inputs).astype(jnp.int32), border)
    a, b, c = _columns(matrix)
    inputs = a * y + b * x + c + (size - 1) / 2
    corner = jnp.floor(inputs)
    down, right = (inputs - corner)[..., None].astype(image.dtype)

    def at(*step: int) -> jax.Array:
        steps = jnp.array(step, jnp.int32)[:, None, None]
        return _take(image, corner.astype(jnp.int32) + steps, border)

    upper = (1 - right) * at(0, 0) + right * at(0, 1)
    lower = (1 - right) * at(1, 0) + right * at(1, 1)
    return (1 - down) * upper + down * lower


def rotation(radians: jax.Array) -> jax.Array:
    """Returns the matrix of a rotation, `[2, 3]`, exact for right angles."""
    quarters = jnp.round(radians / (math.pi / 2))
    rest = radians - quarters * (math.pi / 2)
    rest = jnp.where(jnp.abs(rest) < 2e-6, 0, rest)  # rounding of an angle below 2 pi
    c, s = jnp.cos(rest), jnp.sin(rest)
    c, s = jnp.where(quarters % 2 == 0, c, -s), jnp.where(quarters % 2 == 0, s, c)
    sign = jnp.where(quarters % 4 < 2, 1, -1)
    c, s = sign * c, sign * s
    return jnp.array([[c, -s, 0], [s, c, 0]])


def _columns(matrix: jax.Array) -> jax.Array:
    return jnp.moveaxis(matrix, -1, 0)[..., None, None]


def _take(image: jax.Array, places: jax.Array, border: Border) -> jax.Array:
    height, width, channels = image.shape
    rows, columns = places
    nearest = jnp.clip(rows, 0, height - 1) * width + jnp.clip(columns, 0, width - 1)
    pixels = image.reshape(-1, channels)[nearest]
    if border == "edge":
        return pixels
    is_in = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return jnp.where(is_in[..., None], pixels, 0)
