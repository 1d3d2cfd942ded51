"""Global contrast normalization."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import images_of


def normalize_contrast(
    images: ArrayLike,
    *,
    scale: ArrayLike = 1.0,
    bias: ArrayLike = 0.0,
    by_std: bool = False,
    least: ArrayLike = 1e-8,
) -> jax.Array:
    r"""Gives each image mean 0 and the same contrast: global contrast normalization.

    .. math:: \frac{s (x - \bar x)}{\sqrt{b + \sum_i (x_i - \bar x)^2}}

    over all pixels and channels. IE does so before WRN-28-10 on CIFAR-10, followed by
    the mean and standard deviation of each channel, and prints no keyword. pylearn2's
    own CIFAR-10 has `scale=55`, Coates et al. `bias=10, by_std=True`, on 0..255.

    Args:
        images: `[..., height, width, channels]`, uint8 or floating, in the range that
            they have.
        scale: The length s of the result.
        bias: What keeps b images of little contrast from being blown up, at least 0.
        by_std: Whether the sum is the variance of the image, its divisor one less than
            the number of values.
        least: An image with a smaller divisor, after the scale, is only centered.

    Returns:
        Images of the same shape, in at least float32.

    Raises:
        ValueError: If the images have less than three axes, or the bias is negative.
        TypeError: If they are neither uint8 nor floating.

    Reference:
        pylearn2's `global_contrast_normalize`.
    """
    pixels = images_of(images)
    bias = _checks.between("bias", bias, 0)
    axes = (-3, -2, -1)
    centered = pixels - pixels.mean(axes, keepdims=True)
    energy = jnp.sum(centered**2, axes, keepdims=True)
    if by_std:
        energy /= max(1, math.prod(pixels.shape[-3:]) - 1)
    divisor = jnp.sqrt(bias + energy) / scale
    return centered / jnp.where(divisor < least, 1, divisor)
