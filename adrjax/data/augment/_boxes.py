"""Random boxes of a random area and aspect."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

TRIES = 10


class Box(NamedTuple):
    """A box in an image, in whole pixels.

    Attributes:
        top: Its first row, `[]`.
        left: Its first column, `[]`.
        height: How many rows it has, `[]`.
        width: How many columns, `[]`.
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
    """Returns the first of ten random boxes that is no larger, and whether one is.

    Its area is uniform over `scale` of the image's, the logarithm of its width over its
    height uniform over that of `ratio`.
    """
    chances = jax.random.uniform(key, (2 * TRIES + 2,))
    areas, ratios, places = jnp.split(chances, [TRIES, 2 * TRIES])
    areas = size[0] * size[1] * (scale[0] + (scale[1] - scale[0]) * areas)
    ratios = ratio[0] * (ratio[1] / ratio[0]) ** ratios
    sides = jnp.round(jnp.sqrt(areas * jnp.stack([1 / ratios, ratios]))).astype(int)
    fits = ((sides > 0) & (sides <= jnp.array(largest)[:, None])).all(0)
    height, width = jnp.minimum(sides[:, jnp.argmax(fits)], jnp.array(largest))
    spare = jnp.array(size) - jnp.stack([height, width])
    top, left = jnp.floor(places * (spare + 1)).astype(int)
    return Box(top, left, height, width), fits.any()


def inside(box: Box, image: jax.Array) -> jax.Array:
    """Returns which pixels of images the box covers, `[height, width, 1]`."""
    height, width = image.shape[-3:-1]
    rows, columns = jnp.arange(height)[:, None, None], jnp.arange(width)[:, None]
    return (
        (box.top <= rows)
        & (rows < box.top + box.height)
        & (box.left <= columns)
        & (columns < box.left + box.width)
    )


def check_range(name: str, bounds: tuple[float, float]) -> None:
    """Raises where the bounds are not two positive numbers in order."""
    low, high = bounds
    if not 0 < low <= high:
        raise ValueError(
            f"{name} must be the least and the largest drawn, both positive, got "
            f"{bounds}"
        )
