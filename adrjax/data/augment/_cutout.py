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
    """Cutout: fills a square around a random pixel with one color.

    The part of the square outside the image is cut off. ADR and GSC quote its rows on
    ImageNet. Its paper has squares of 16 pixels on CIFAR-10, 8 on CIFAR-100 and 20 on
    SVHN, and fills them with zeros after the normalization, which is
    `fill=dataset.mean` before it.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating.
        size: The side of the square, in pixels; 0 changes nothing.
        fill: The color of the square, `[]` or `[channels]`, with white as 1.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes, the size is negative or the
            color does not fit.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> image = jnp.full((4, 4, 1), 255, jnp.uint8)
        >>> int((augment.cutout(jax.random.key(0), image, size=1) == 0).sum())
        1

    Reference:
        DeVries and Taylor, Improved Regularization of Convolutional Neural Networks
        with Cutout, Sec. 3.
    """
    image = image_of(image)
    size = _checks.count("size", size, low=0)
    shape = jnp.array(image.shape[:2], jnp.int32)
    top, left = jax.random.randint(key, (2,), 0, shape, jnp.int32) - size // 2
    box = Box(top, left, jnp.array(size, jnp.int32), jnp.array(size, jnp.int32))
    return jnp.where(inside(box, image), filled(image, fill), image)
