"""Global contrast normalization."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._options import number, positive
from adrjax.data.augment._pixels import centered, images_of


def normalize_contrast(
    images: ArrayLike,
    *,
    scale: ArrayLike = 1.0,
    bias: ArrayLike = 0.0,
    by_std: bool = False,
    least: ArrayLike = 1e-8,
) -> jax.Array:
    r"""Global contrast normalization: mean 0 and the same contrast for each image.

    .. math:: \frac{s (x - \bar x)}{\sqrt{b + \sum_i (x_i - \bar x)^2}}

    over all pixels and channels. An image of one color becomes 0. IE normalizes so
    before WRN-28-10 on CIFAR-10, and then by the mean and standard deviation of each
    channel; it prints no options. pylearn2's own CIFAR-10 has `scale=55`, Coates et al.
    `bias=10, by_std=True`, on 0..255.

    Args:
        images: `[..., height, width, channels]`, uint8 or floating; the range of uint8
            is 0..255.
        scale: The length s of the result, positive.
        bias: The constant b, at least 0; it keeps the contrast of almost blank images
            low.
        by_std: Whether the sum is divided by the number of values minus one, which
            makes it the variance of the image.
        least: An image with a smaller divisor, after the scale, is only centered.

    Returns:
        Images of the same shape, in at least float32.

    Raises:
        ValueError: If the images have less than three axes, or an option is out of
            range.
        TypeError: If they are neither uint8 nor floating.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> image = jnp.array([[[1.0], [1.0], [3.0], [3.0]]])
        >>> augment.normalize_contrast(image).tolist()
        [[[-0.5], [-0.5], [0.5], [0.5]]]

    Reference:
        pylearn2's `global_contrast_normalize`.
    """
    pixels = images_of(images)
    scale = positive("scale", scale).astype(pixels.dtype)
    bias = number("bias", bias, 0).astype(pixels.dtype)
    least = number("least", least, 0).astype(pixels.dtype)
    deviations = centered(pixels)
    energy = jnp.sum(deviations**2, (-3, -2, -1), keepdims=True)
    if by_std:
        energy /= max(1, math.prod(pixels.shape[-3:]) - 1)
    divisor = jnp.sqrt(bias + energy) / scale
    return deviations / jnp.where(divisor < least, 1, divisor)
