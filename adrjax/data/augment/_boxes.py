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
    area_key, ratio_key, place_key = jax.random.split(key, 3)
    areas = (
        size[0]
        * size[1]
        * jax.random.uniform(area_key, (TRIES,), minval=scale[0], maxval=scale[1])
    )
    low, high = jnp.log(jnp.array(ratio))
    ratios = jnp.exp(jax.random.uniform(ratio_key, (TRIES,), minval=low, maxval=high))
    sides = jnp.round(jnp.sqrt(areas * jnp.stack([1 / ratios, ratios]))).astype(int)
    fits = ((sides > 0) & (sides <= jnp.array(largest)[:, None])).all(0)
    height, width = jnp.minimum(sides[:, jnp.argmax(fits)], jnp.array(largest))
    spare = jnp.array(size) - jnp.stack([height, width])
    top, left = jax.random.randint(place_key, (2,), 0, spare + 1)
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
