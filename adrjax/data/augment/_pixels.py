"""What the augmentations ask of an image, and the range of its pixels."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

WHITE = 255

Color = ArrayLike | Sequence[float]  # one number, or one a channel


def image_of(image: ArrayLike) -> jax.Array:
    """Returns one image, `[height, width, channels]`, of any dtype."""
    image = jnp.asarray(image)
    if image.ndim != 3:
        raise ValueError(
            f"image must be [height, width, channels], got shape {image.shape}; "
            "jax.vmap over keys and images augments a batch"
        )
    return image


def pixels_of(image: ArrayLike) -> jax.Array:
    """Returns one image in at least float32, white as 1."""
    return unit(image_of(image), "image")


def images_of(images: ArrayLike) -> jax.Array:
    """Returns images `[..., height, width, channels]` in at least float32, as is."""
    images = jnp.asarray(images)
    if images.ndim < 3:
        raise ValueError(
            f"images must be [..., height, width, channels], got shape {images.shape}"
        )
    _has_a_range(images, "images")
    return images.astype(jnp.promote_types(images.dtype, jnp.float32))


def unit(image: jax.Array, name: str) -> jax.Array:
    """Returns pixels in at least float32, white as 1."""
    _has_a_range(image, name)
    pixels = image.astype(jnp.promote_types(image.dtype, jnp.float32))
    return pixels / WHITE if image.dtype == jnp.uint8 else pixels


def like(image: ArrayLike, pixels: jax.Array) -> jax.Array:
    """Returns pixels, white as 1, in the range and dtype of the image."""
    dtype = jnp.asarray(image).dtype
    if dtype == jnp.uint8:
        pixels = jnp.round(jnp.clip(pixels, 0, 1) * WHITE)
    return pixels.astype(dtype)


def filled(image: jax.Array, fill: Color) -> jax.Array:
    """Returns an image all of the color `fill`, white as 1, in the range of another."""
    _has_a_range(image, "image")
    fill = jnp.asarray(fill)
    if fill.shape not in ((), image.shape[-1:], image.shape):
        raise ValueError(
            f"fill must be one number or one a channel, got shape {fill.shape} for an "
            f"image of shape {image.shape}"
        )
    return like(image, jnp.broadcast_to(fill, image.shape))


def grey(pixels: jax.Array) -> jax.Array:
    """Returns the brightness, `[height, width, 1]`, of grey or RGB pixels."""
    if pixels.shape[-1] == 1:
        return pixels
    red, green, blue = jnp.split(pixels, 3, axis=-1)
    return 0.2989 * red + 0.587 * green + 0.114 * blue


def is_grey_or_rgb(image: jax.Array) -> None:
    """Raises where an image has neither 1 nor 3 channels."""
    if image.shape[-1] not in (1, 3):
        raise ValueError(
            f"image must have 1 channel or 3, red, green and blue, got shape "
            f"{image.shape}"
        )


def fits(size: tuple[int, int], image: jax.Array, what: str = "the image") -> None:
    """Raises where an image is too small for a crop of `size`, height and width."""
    height, width = image.shape[:2]
    if not (0 < size[0] <= height and 0 < size[1] <= width):
        raise ValueError(
            f"size must be within {what} of {height} x {width} pixels, got "
            f"{size[0]} x {size[1]}"
        )


def _has_a_range(images: jax.Array, name: str) -> None:
    if images.dtype != jnp.uint8 and not jnp.issubdtype(images.dtype, jnp.floating):
        raise TypeError(
            f"{name} must be uint8, with 255 as white, or floating, with 1 as white, "
            f"got {images.dtype}"
        )
