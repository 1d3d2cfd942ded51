"""What RandAugment does to the colors of an image: float levels, whole, in 0..255."""

import jax
import jax.numpy as jnp

from adrjax.data.augment._pixels import WHITE, grey


def keep(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Leaves an image as it is."""
    return image


def brightness(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Goes from black (0) to the image (1) and on."""
    return _blend(jnp.zeros_like(image), image, amount)


def color(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Goes from grey (0) to the image (1) and on."""
    return _blend(grey(image), image, amount)


def contrast(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Goes from the mean grey (0) to the image (1) and on."""
    return _blend(grey(image).mean(), image, amount)


def sharpness(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Goes from a smoothed image (0) to the image (1) and on; the edges stay."""
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
    """Inverts levels from `amount` on."""
    return jnp.where(image < amount, image, WHITE - image)


def solarize_add(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Adds `amount` to levels below the middle."""
    return jnp.where(image < 128, jnp.minimum(image + amount, WHITE), image)


def invert(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Makes black white."""
    return WHITE - image


def autocontrast(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Stretches each channel from black to white."""
    low, high = image.min((0, 1)), image.max((0, 1))
    stretched = (image - low) * (WHITE / jnp.where(high > low, high - low, 1))
    return jnp.where(high > low, jnp.round(stretched), image)


def equalize(image: jax.Array, amount: jax.Array) -> jax.Array:
    """Makes all levels of each channel as frequent, as Pillow does."""
    return jax.vmap(_equalize, in_axes=-1, out_axes=-1)(image)


def _equalize(channel):
    levels = channel.astype(int)
    counts = jnp.zeros(WHITE + 1, int).at[levels].add(1)
    step = (levels.size - counts[levels.max()]) // WHITE
    below = jnp.cumsum(counts) - counts
    table = jnp.minimum((below + step // 2) // jnp.maximum(step, 1), WHITE)
    return jnp.where(step > 0, table[levels].astype(channel.dtype), channel)


def _blend(base, image, amount):
    return jnp.round(jnp.clip(base + amount * (image - base), 0, WHITE))
