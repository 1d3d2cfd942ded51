"""Normalization of each image by its own statistics."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import images_of


def normalize_each(images: ArrayLike) -> jax.Array:
    r"""Gives each image mean 0 and variance 1 over all its pixels and channels.

    The standard deviation is taken for at least :math:`1 / \sqrt{n}`, n the number of
    values, so that an image of one color becomes 0.

    Args:
        images: `[..., height, width, channels]`, uint8 or floating; as it is not scaled
            before, uint8 is divided by at least 1 / sqrt(n) of 255.

    Returns:
        Images of the same shape, in at least float32.

    Raises:
        ValueError: If the images have less than three axes.
        TypeError: If they are neither uint8 nor floating.

    Reference:
        TensorFlow's `tf.image.per_image_standardization`.
    """
    pixels = images_of(images)
    axes = (-3, -2, -1)
    least = 1 / math.sqrt(math.prod(pixels.shape[-3:]))
    std = jnp.maximum(pixels.std(axes, keepdims=True), least)
    return (pixels - pixels.mean(axes, keepdims=True)) / std
