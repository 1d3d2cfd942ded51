"""Random crops."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import fits, image_of


def pad_crop(
    key: jax.Array,
    image: ArrayLike,
    *,
    padding: int = 4,
    size: tuple[int, int] | None = None,
) -> jax.Array:
    """Pads an image with black and crops it somewhere; all places are as likely.

    | used by, with `flip` | keywords |
    |---|---|
    | ADR, GSC, POD, GR and IE's WRN-28-10 on small images | the defaults |
    | GR on Clothing1M, of 256 x 256 pixels | padding=0, size=(224, 224) |
    | OLS, whose code ADR follows, on Flowers-102 | padding=0, size=(224, 224) |
    | GR on MARS, of 256 x 256 pixels | padding=0, size=(227, 227) |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        padding: Width of the black border on each side, in pixels.
        size: Height and width of the crop; None for those of the image.

    Returns:
        The crop, `[*size, channels]`, of the dtype of the image.

    Raises:
        ValueError: If the image has not three axes, or the crop does not fit in.
    """
    image = image_of(image)
    _checks.count("padding", padding, low=0)
    height, width, channels = image.shape
    size = (height, width) if size is None else size
    padded = jnp.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    fits(size, padded, "the padded image")
    highest = jnp.array(padded.shape[:2]) - jnp.array(size)
    corner = jax.random.randint(key, (2,), 0, highest + 1)
    return jax.lax.dynamic_slice(padded, (*corner, 0), (*size, channels))
