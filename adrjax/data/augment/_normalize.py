"""Normalization by the statistics of the training images."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import Color, color_of, with_white_one


def normalize(images: ArrayLike, *, mean: Color, std: Color) -> jax.Array:
    """Normalization: centers and scales each channel by given numbers.

    A `Dataset` normalizes every image this way, in training and in evaluation.
    insightface, whose code ADR trains faces with, has 0.5 for both. Caffe subtracts
    the mean of each pixel, `data.mean_image`.

    Args:
        images: `[..., height, width, channels]`, uint8, or floating with white as 1.
        mean: The mean of each channel, `[channels]` or `[]`, or of each pixel,
            `[height, width, channels]`, with white as 1.
        std: The standard deviation of each channel, `[channels]` or `[]`, positive.

    Returns:
        `(images - mean) / std` in at least float32, of the same shape.

    Raises:
        ValueError: If mean or std do not fit or are not finite, or std is not positive.
        TypeError: If the images are neither uint8 nor floating.

    Example:
        >>> import numpy as np
        >>> from adrjax.data import augment
        >>> image = np.array([[[0], [255]]], np.uint8)
        >>> augment.normalize(image, mean=0.5, std=0.5).tolist()
        [[[-1.0], [1.0]]]
    """
    pixels = with_white_one(jnp.asarray(images), "images")
    mean = color_of("mean", mean, pixels, or_image=True).astype(pixels.dtype)
    std = color_of("std", std, pixels, positive=True).astype(pixels.dtype)
    return (pixels - mean) / std
