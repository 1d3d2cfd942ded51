"""Color jitter."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import check_grey_or_rgb, grey, like, pixels_of


def color_jitter(
    key: jax.Array,
    image: ArrayLike,
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
    hue: float = 0.0,
) -> jax.Array:
    r"""Color jitter: random brightness, contrast, saturation and hue, in random order.

    Each of the first three is an interpolation :math:`f x + (1 - f) b`, clipped, with a
    factor f uniform in :math:`[\max(0, 1 - s), 1 + s]` for a strength s. For the
    brightness b is black, for the contrast the mean grey of the image, for the
    saturation the grey of each pixel. The hue is shifted by a uniform angle.

    ConvMixer's code has 0.1 of the first three on CIFAR-10, after `rand_augment`.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]` with 1 or 3 channels, uint8, or
            floating with white as 1. Saturation and hue do not change a grey one.
        brightness: The strength for the brightness, at least 0.
        contrast: The strength for the contrast, at least 0.
        saturation: The strength for the saturation, at least 0.
        hue: The largest shift of the hue in turns, in [0, 0.5]; constant under
            `jax.jit`.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes and 1 or 3 channels, or an
            option is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import functools
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.zeros((4, 4, 3), jnp.uint8)
        >>> jitter = functools.partial(augment.color_jitter, brightness=0.4, hue=0.1)
        >>> jax.jit(jitter)(key, image).shape
        (4, 4, 3)

    Reference:
        torchvision's ColorJitter.
    """
    pixels = pixels_of(image)
    check_grey_or_rgb(pixels)
    strengths = jnp.stack(
        [
            number("brightness", brightness, 0),
            number("contrast", contrast, 0),
            number("saturation", saturation, 0),
            jnp.zeros((), jnp.float32),
        ]
    ).astype(pixels.dtype)
    number("hue", hue, 0, 0.5)
    order_key, factor_key, hue_key = jax.random.split(key, 3)
    factors = jax.random.uniform(
        factor_key, (4,), pixels.dtype, jnp.maximum(0, 1 - strengths), 1 + strengths
    )
    shift = jax.random.uniform(hue_key, (), pixels.dtype, -hue, hue)
    for change in jax.random.permutation(order_key, 4):
        greys = grey(pixels)
        base = jnp.where(change == 1, greys.mean(), greys)
        base = jnp.where(change == 0, 0, base)
        blended = jnp.clip(base + factors[change] * (pixels - base), 0, 1)
        shifted = shift_hue(pixels, shift) if hue else pixels
        pixels = jnp.where(change == 3, shifted, blended)
    return like(image, pixels)


def shift_hue(pixels: jax.Array, shift: jax.Array) -> jax.Array:
    """Shifts the hue of pixels in HSV, in turns."""
    if pixels.shape[-1] == 1:
        return pixels
    red, green, blue = jnp.moveaxis(pixels, -1, 0)  # planes are faster than triples
    value = jnp.maximum(jnp.maximum(red, green), blue)
    chroma = value - jnp.minimum(jnp.minimum(red, green), blue)
    divisor = jnp.where(chroma == 0, 1, chroma)
    sixths = jnp.where(
        value == red,
        (green - blue) / divisor,
        jnp.where(
            value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor
        ),
    )

    def channel(first: int) -> jax.Array:
        away = first + sixths + 6 * shift
        away -= 6 * jnp.floor(away / 6)
        return value - chroma * jnp.clip(jnp.minimum(away, 4 - away), 0, 1)

    return jnp.stack([channel(5), channel(3), channel(1)], axis=-1)
