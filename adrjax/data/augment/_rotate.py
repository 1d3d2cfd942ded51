"""Random rotation."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import image_of, like, with_white_one
from adrjax.data.augment._warp import (
    BORDERS,
    INTERPOLATIONS,
    Border,
    Interpolation,
    rotation,
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
    """Random rotation around the middle of an image, by a uniform angle.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013 | degrees=10, rate=0.5 |
    | D2L and SL on CIFAR-100 | degrees=20, interpolation="bilinear", border="edge" |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating of any range.
        degrees: The largest angle in either direction, at least 0.
        rate: The probability of a rotation, in [0, 1].
        interpolation: `"nearest"`: the nearest pixel; if two are as near, the one that
            torchvision takes for tensors. `"bilinear"`: a weighted mean of four.
        border: The pixels outside of the image: black, or the nearest pixel of the
            edge.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes, or an option is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> augment.rotate(jax.random.key(0), jnp.ones((1, 2, 1)), degrees=0).tolist()
        [[[1.0], [1.0]]]

    Reference:
        torchvision's RandomRotation; Keras's ImageDataGenerator.
    """
    image = image_of(image)
    degrees = number("degrees", degrees, 0)
    rate = number("rate", rate, 0, 1)
    _checks.one_of("interpolation", interpolation, INTERPOLATIONS)
    _checks.one_of("border", border, BORDERS)
    angle_key, rate_key = jax.random.split(key)
    angle = jax.random.uniform(angle_key, (), jnp.float32, -degrees, degrees)
    matrix = rotation(jnp.deg2rad(angle))
    pixels = with_white_one(image, "image")
    rotated = warp(pixels, matrix, interpolation=interpolation, border=border)
    rotates = jax.random.bernoulli(rate_key, rate)
    return jnp.where(rotates, like(image, rotated), image)
