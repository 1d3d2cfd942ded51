"""Random translations."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import image_of
from adrjax.data.augment._warp import BORDERS, Border


def translate(
    key: jax.Array,
    image: ArrayLike,
    *,
    fraction: float = 0.2,
    rate: ArrayLike = 1.0,
    border: Border = "black",
) -> jax.Array:
    """Moves an image by a random number of whole pixels, up or down and sideways.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013 | fraction=0.2, rate=0.5 |
    | D2L and SL on CIFAR-100, but also by parts of pixels | border="edge" |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        fraction: The longest way, as a share of height and width, in [0, 1]; constant
            under `jax.jit`.
        rate: The probability that the image is moved at all, in [0, 1].
        border: Whether what lies outside is black or the nearest pixel of the image.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes, or a keyword is out of range.

    Reference:
        torchvision's RandomAffine; Keras's ImageDataGenerator.
    """
    image = image_of(image)
    _checks.between("fraction", fraction, 0, 1)
    rate = _checks.between("rate", rate, 0, 1)
    _checks.one_of("border", border, BORDERS)
    way_key, rate_key = jax.random.split(key)
    longest = [fraction * side for side in image.shape[:2]]
    way = jnp.array(longest) * jax.random.uniform(way_key, (2,), minval=-1)
    moves = jax.random.bernoulli(rate_key, rate)
    way = jnp.where(moves, jnp.round(way).astype(int), 0)
    widths = [math.ceil(side) for side in longest]
    padded = jnp.pad(
        image,
        [(width, width) for width in widths] + [(0, 0)],
        mode="constant" if border == "black" else "edge",
    )
    corner = jnp.array(widths) + way
    return jax.lax.dynamic_slice(padded, (*corner, 0), image.shape)
