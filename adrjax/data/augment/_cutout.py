"""Cutout."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._boxes import Box, inside
from adrjax.data.augment._pixels import Color, filled, image_of


def cutout(
    key: jax.Array, image: ArrayLike, *, size: int = 16, fill: Color = 0.0
) -> jax.Array:
    """Blots out a square around a random pixel, or what of it lies in the image.

    ADR and GSC quote its rows on ImageNet. Its paper has squares of 16 pixels on
    CIFAR-10, 8 on CIFAR-100 and 20 on SVHN, and fills them with zeros after the
    normalization, which is `fill=dataset.mean` before it.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating.
        size: The side of the square, in pixels.
        fill: The color of the square, `[]` or `[channels]`, with white as 1.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes or the size is negative.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        DeVries and Taylor, Improved Regularization of Convolutional Neural Networks
        with Cutout, Sec. 3.
    """
    image = image_of(image)
    _checks.count("size", size, low=0)
    center = jax.random.randint(key, (2,), 0, jnp.array(image.shape[:2]))
    top, left = center - size // 2
    box = Box(top, left, jnp.array(size), jnp.array(size))
    return jnp.where(inside(box, image), filled(image, fill), image)
