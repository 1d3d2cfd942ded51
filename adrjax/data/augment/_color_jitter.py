"""Random brightness, contrast, saturation and hue."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import grey, is_grey_or_rgb, like, pixels_of


def color_jitter(
    key: jax.Array,
    image: ArrayLike,
    *,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
    hue: float = 0.0,
) -> jax.Array:
    r"""Changes brightness, contrast, saturation and hue of an image in random order.

    Each of the first three is an interpolation :math:`f x + (1 - f) b`, clipped, with a
    factor f uniform in :math:`[\max(0, 1 - s), 1 + s]` for a strength s. For the
    brightness b is black, for the contrast the mean grey of the image, for the
    saturation the grey of each pixel. The hue is turned by a uniform angle.

    ConvMixer's code has 0.1 of the first three on CIFAR-10, after `rand_augment`.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]` with 1 or 3 channels, uint8, or
            floating with white as 1. A grey one has neither saturation nor hue.
        brightness: Its strength, at least 0.
        contrast: Its strength, at least 0.
        saturation: Its strength, at least 0.
        hue: The largest angle in turns, in [0, 0.5]; constant under `jax.jit`.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes, or 2 channels, or a strength is out
            of range.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        torchvision's ColorJitter.
    """
    pixels = pixels_of(image)
    is_grey_or_rgb(pixels)
    strengths = jnp.stack(
        [
            _checks.between("brightness", brightness, 0),
            _checks.between("contrast", contrast, 0),
            _checks.between("saturation", saturation, 0),
            jnp.zeros(()),
        ]
    ).astype(pixels.dtype)
    _checks.between("hue", hue, 0, 0.5)
    order_key, factor_key, hue_key = jax.random.split(key, 3)
    factors = jax.random.uniform(
        factor_key, (4,), pixels.dtype, jnp.maximum(0, 1 - strengths), 1 + strengths
    )
    turn = jax.random.uniform(hue_key, (), pixels.dtype, -hue, hue)
    for change in jax.random.permutation(order_key, 4):
        greys = grey(pixels)
        base = jnp.select([change == 0, change == 1], [0, greys.mean()], greys)
        blended = jnp.clip(base + factors[change] * (pixels - base), 0, 1)
        turned = turn_hue(pixels, turn) if hue else pixels
        pixels = jnp.where(change == 3, turned, blended)
    return like(image, pixels)


def turn_hue(pixels: jax.Array, turn: jax.Array) -> jax.Array:
    """Turns the hue of pixels in HSV by a share of the circle."""
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

    def channel(first):
        away = first + sixths + 6 * turn
        away -= 6 * jnp.floor(away / 6)
        return value - chroma * jnp.clip(jnp.minimum(away, 4 - away), 0, 1)

    return jnp.stack([channel(5), channel(3), channel(1)], axis=-1)
