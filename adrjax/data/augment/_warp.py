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
    size = jnp.array(image.shape[:2])
    middle = (size - 1)[:, None, None] / 2
    outputs = jnp.stack(jnp.indices(image.shape[:2])) - middle
    inputs = jnp.einsum("ij,jhw->ihw", matrix[:, :2], outputs, precision="highest")
    inputs += matrix[:, 2, None, None] + middle
    if interpolation == "nearest":
        return _take(image, jnp.round(inputs).astype(int), border)
    corner = jnp.floor(inputs)
    (down, right), corner = (inputs - corner)[..., None], corner.astype(int)
    return sum(
        weight * _take(image, corner + jnp.array(step)[:, None, None], border)
        for step, weight in (
            ((0, 0), (1 - down) * (1 - right)),
            ((0, 1), (1 - down) * right),
            ((1, 0), down * (1 - right)),
            ((1, 1), down * right),
        )
    )  # pyright: ignore


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
