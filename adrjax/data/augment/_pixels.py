"""Checks of images, the range of their pixels, and colors."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks

WHITE = 255

Color = ArrayLike | Sequence[float]  # one number, or one a channel


def image_of(image: ArrayLike) -> jax.Array:
    """Returns one image, `[height, width, channels]`, of any dtype."""
    image = jnp.asarray(image)
    if image.ndim != 3:
        raise ValueError(
            f"image must be [height, width, channels], got shape {image.shape}; "
            "use jax.vmap over keys and images to augment a batch"
        )
    if 0 in image.shape:
        raise ValueError(f"image must have pixels, got shape {image.shape}")
    return image


def pixels_of(image: ArrayLike) -> jax.Array:
    """Returns one image in at least float32, with white as 1."""
    return with_white_one(image_of(image), "image")


def images_of(images: ArrayLike) -> jax.Array:
    """Returns images `[..., height, width, channels]` in at least float32, unscaled."""
    images = jnp.asarray(images)
    if images.ndim < 3:
        raise ValueError(
            f"images must be [..., height, width, channels], got shape {images.shape}"
        )
    check_dtype(images, "images")
    return _as_float(images)


def with_white_one(image: jax.Array, name: str) -> jax.Array:
    """Returns pixels in at least float32, with white as 1."""
    check_dtype(image, name)
    pixels = _as_float(image)
    return pixels / WHITE if image.dtype == jnp.uint8 else pixels


def like(image: ArrayLike, pixels: jax.Array) -> jax.Array:
    """Returns pixels with white as 1 in the range and dtype of `image`."""
    dtype = jnp.asarray(image).dtype
    if dtype == jnp.uint8:
        pixels = jnp.round(jnp.clip(pixels, 0, 1) * WHITE)
    return pixels.astype(dtype)


def centered(pixels: jax.Array) -> jax.Array:
    """Returns images minus their means, exactly 0 for an image of one color."""
    axes = (-3, -2, -1)
    low, high = pixels.min(axes, keepdims=True), pixels.max(axes, keepdims=True)
    # A rounded mean may lie outside of [low, high], and is not exact within.
    pixels = pixels - jnp.clip(pixels.mean(axes, keepdims=True), low, high)
    return pixels - pixels.mean(axes, keepdims=True)


def color_of(
    name: str,
    color: Color,
    images: jax.Array,
    *,
    positive: bool = False,
    or_image: bool = False,
) -> jax.Array:
    """Returns a color as `[..., 1]` or `[..., channels]`, of the rank of images.

    Args:
        name: Its name, for errors.
        color: The color.
        images: The images that it is for.
        positive: Whether its numbers must be positive.
        or_image: Whether it may have the shape of one image.
    """
    array = jnp.asarray(color)
    allowed = [(), images.shape[-1:], *[images.shape[-3:]] * or_image]
    if array.shape not in allowed:
        numbers = (
            "one number, one a channel or an image"
            if or_image
            else "one number or one a channel"
        )
        raise ValueError(
            f"{name} must be {numbers}, got shape {array.shape} for images of shape "
            f"{images.shape}"
        )
    for number in jax.tree.leaves(color):
        known = _checks.values(number)
        if known is not None and not np.isfinite(known).all():
            raise ValueError(f"{name} must be finite, got {color}")
        if known is not None and positive and not np.all(known > 0):
            raise ValueError(f"{name} must be positive, got {color}")
    return array.reshape((1,) * (images.ndim - array.ndim) + array.shape)


def filled(image: jax.Array, fill: Color) -> jax.Array:
    """Returns the color `fill`, with white as 1, in the range and dtype of `image`."""
    check_dtype(image, "image")
    return like(image, color_of("fill", fill, image))


def grey(pixels: jax.Array) -> jax.Array:
    """Returns the brightness, `[height, width, 1]`, of grey or RGB pixels."""
    if pixels.shape[-1] == 1:
        return pixels
    red, green, blue = jnp.split(pixels, 3, axis=-1)
    return 0.2989 * red + 0.587 * green + 0.114 * blue


def check_grey_or_rgb(image: jax.Array) -> None:
    """Raises if an image does not have 1 or 3 channels."""
    if image.shape[-1] not in (1, 3):
        raise ValueError(
            f"image must have 1 channel or 3 (red, green and blue), got shape "
            f"{image.shape}"
        )


def check_dtype(images: jax.Array, name: str) -> None:
    """Raises if the dtype of images does not imply the value of white."""
    if images.dtype != jnp.uint8 and not jnp.issubdtype(images.dtype, jnp.floating):
        raise TypeError(
            f"{name} must be uint8, with 255 as white, or floating, with 1 as white, "
            f"got {images.dtype}"
        )


def _as_float(images: jax.Array) -> jax.Array:
    """Returns images in float32, or in float64 if they are."""
    return images.astype(jnp.float64 if images.dtype == jnp.float64 else jnp.float32)
