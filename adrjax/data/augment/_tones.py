"""Color operations of RandAugment, on whole float levels in 0..255."""

import jax
import jax.numpy as jnp

from adrjax.data.augment._pixels import WHITE, grey


def identity(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Returns the image unchanged."""
    return image


def brightness(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Interpolates from black (0) to the image (1) and beyond."""
    return _blend(jnp.zeros_like(image), image, amount)


def color(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Interpolates from grey (0) to the image (1) and beyond."""
    return _blend(grey(image), image, amount)


def contrast(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Interpolates from the mean grey (0) to the image (1) and beyond."""
    return _blend(grey(image).mean(), image, amount)


def sharpness(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Interpolates from a smoothed image (0) to the image (1) and beyond.

    The edges are not smoothed.
    """
    if min(image.shape[:2]) < 3:
        return image
    rows = image[:-2] + image[1:-1] + image[2:]
    window = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    smooth = image.at[1:-1, 1:-1].set((window + 4 * image[1:-1, 1:-1]) / 13)
    return _blend(smooth, image, amount)


def posterize(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Keeps the first `amount` of the 8 bits."""
    step = 2.0 ** (8 - amount)
    return jnp.floor(image / step) * step


def solarize(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Inverts levels of at least `amount`."""
    return jnp.where(image < amount, image, WHITE - image)


def solarize_add(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Adds `amount` to levels below 128."""
    return jnp.where(image < 128, jnp.minimum(image + amount, WHITE), image)


def invert(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Inverts levels."""
    return WHITE - image


def autocontrast(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Stretches each channel from black to white; a channel of one level stays."""
    low, high = image.min((0, 1), keepdims=True), image.max((0, 1), keepdims=True)
    stretched = (image - low) * (WHITE / jnp.where(high > low, high - low, 1))
    return jnp.where(high > low, jnp.round(stretched), image)


def equalize(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Equalizes the histogram of each channel, as Pillow does."""
    return jax.vmap(_equalize, in_axes=-1, out_axes=-1)(image)


def _equalize(channel: jax.Array) -> jax.Array:
    levels = channel.astype(jnp.int32)
    counts = jnp.zeros(WHITE + 1, jnp.int32).at[levels].add(1)
    step = (levels.size - counts[levels.max()]) // WHITE
    below = jnp.cumsum(counts) - counts
    table = jnp.minimum((below + step // 2) // jnp.maximum(step, 1), WHITE)
    equalized = table[levels].astype(channel.dtype)
    return jnp.where((step > 0) & ~jnp.isnan(channel), equalized, channel)


def _blend(base: jax.Array, image: jax.Array, amount: jax.Array) -> jax.Array:
    return jnp.round(jnp.clip(base + amount * (image - base), 0, WHITE))
