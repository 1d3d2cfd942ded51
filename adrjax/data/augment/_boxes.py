"""Random boxes of a random area and aspect ratio."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

TRIES = 10


class Box(NamedTuple):
    """A box in an image, in whole pixels.

    Attributes:
        top: Its first row, `[]`.
        left: Its first column, `[]`.
        height: Its number of rows, `[]`.
        width: Its number of columns, `[]`.
    """

    top: jax.Array
    left: jax.Array
    height: jax.Array
    width: jax.Array


def random_box(
    key: jax.Array,
    size: tuple[int, int],
    *,
    scale: tuple[float, float],
    ratio: tuple[float, float],
    largest: tuple[int, int],
) -> tuple[Box, jax.Array]:
    """Returns the first of ten random boxes that is small enough, and whether one is.

    The area is uniform in `scale` times the area of the image, the logarithm of width
    over height is uniform in the logarithms of `ratio`. Height and width are at most
    `largest`.
    """
    draws = jax.random.uniform(key, (2 * TRIES + 2,), jnp.float32)
    areas, ratios, places = jnp.split(draws, [TRIES, 2 * TRIES])
    areas = size[0] * size[1] * (scale[0] + (scale[1] - scale[0]) * areas)
    ratios = ratio[0] * (ratio[1] / ratio[0]) ** ratios
    sides = jnp.sqrt(areas[None] * jnp.stack([1 / ratios, ratios]))
    sides = jnp.round(sides).astype(jnp.int32)
    most = jnp.array(largest, jnp.int32)
    fits = ((sides > 0) & (sides <= most[:, None])).all(0)
    height, width = jnp.minimum(sides[:, jnp.argmax(fits)], most)
    spare = jnp.array(size, jnp.int32) - jnp.stack([height, width])
    places = places * (spare + 1).astype(places.dtype)
    top, left = jnp.floor(places).astype(jnp.int32)
    return Box(top, left, height, width), fits.any()


def inside(box: Box, image: jax.Array) -> jax.Array:
    """Returns which pixels of an image are in the box, `[height, width, 1]`."""
    height, width = image.shape[-3:-1]
    rows = jnp.arange(height, dtype=jnp.int32)[:, None, None]
    columns = jnp.arange(width, dtype=jnp.int32)[None, :, None]
    return (
        (box.top <= rows)
        & (rows < box.top + box.height)
        & (box.left <= columns)
        & (columns < box.left + box.width)
    )
