"""Random rotations."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import image_of, like, unit
from adrjax.data.augment._warp import (
    BORDERS,
    INTERPOLATIONS,
    Border,
    Interpolation,
    turn,
    warp,
)


def rotate(
    key: jax.Array,
    image: ArrayLike,
    *,
    degrees: ArrayLike,
    rate: ArrayLike = 1.0,
    interpolation: Interpolation = "nearest",
    border: Border = "black",
) -> jax.Array:
    """Turns an image around its middle by a random angle.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013 | degrees=10, rate=0.5 |
    | D2L and SL on CIFAR-100 | degrees=20, interpolation="bilinear", border="edge" |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating of any range.
        degrees: The largest angle, either way; at least 0.
        rate: The probability that the image is turned at all, in [0, 1].
        interpolation: Whether a pixel is the nearest or the mean of four.
        border: Whether what lies outside is black or the nearest pixel of the image.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes, or a keyword is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        torchvision's RandomRotation; Keras's ImageDataGenerator.
    """
    image = image_of(image)
    degrees = _checks.between("degrees", degrees, 0)
    rate = _checks.between("rate", rate, 0, 1)
    _checks.one_of("interpolation", interpolation, INTERPOLATIONS)
    _checks.one_of("border", border, BORDERS)
    angle_key, rate_key = jax.random.split(key)
    radians = jnp.deg2rad(
        jax.random.uniform(angle_key, (), minval=-degrees, maxval=degrees)
    )
    pixels = unit(image, "image")
    turned = warp(pixels, turn(radians), interpolation=interpolation, border=border)
    return jnp.where(jax.random.bernoulli(rate_key, rate), like(image, turned), image)
