"""Normalization of each image by its own statistics."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import centered, images_of


def normalize_each(images: ArrayLike) -> jax.Array:
    r"""Per-image standardization: mean 0 and variance 1 over all pixels and channels.

    The divisor is the standard deviation, but at least :math:`1 / \sqrt{n}`, n the
    number of values. An image of one color becomes 0.

    Args:
        images: `[..., height, width, channels]`, uint8 or floating; uint8 is not scaled
            to 0..1 first, so the least divisor is 1 / sqrt(n) of one level.

    Returns:
        Images of the same shape, in at least float32.

    Raises:
        ValueError: If the images have less than three axes.
        TypeError: If they are neither uint8 nor floating.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> augment.normalize_each(jnp.array([[[1.0], [3.0]]])).tolist()
        [[[-1.0], [1.0]]]

    Reference:
        TensorFlow's `tf.image.per_image_standardization`.
    """
    pixels = images_of(images)
    deviations = centered(pixels)
    least = 1 / math.sqrt(max(1, math.prod(pixels.shape[-3:])))
    variance = jnp.mean(deviations**2, (-3, -2, -1), keepdims=True)
    return deviations / jnp.maximum(jnp.sqrt(variance), least)
