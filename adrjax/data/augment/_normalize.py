"""Normalization by the statistics of the training images."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import Color, unit


def normalize(images: ArrayLike, *, mean: Color, std: Color) -> jax.Array:
    """Centers and scales each channel.

    A `Dataset` does so to every image, in training and in evaluation. insightface,
    whose code ADR trains faces with, has 0.5 for both.

    Args:
        images: `[..., height, width, channels]`, uint8, or floating with white as 1.
        mean: Of each channel, `[channels]` or `[]`, with white as 1.
        std: Likewise the standard deviation.

    Returns:
        `(images - mean) / std` in at least float32, of the same shape.

    Raises:
        TypeError: If the images are neither uint8 nor floating.
    """
    pixels = unit(jnp.asarray(images), "images")
    return (pixels - jnp.asarray(mean, pixels.dtype)) / jnp.asarray(std, pixels.dtype)
