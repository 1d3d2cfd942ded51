"""Random crop with padding."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._options import size_of
from adrjax.data.augment._pixels import image_of


def pad_crop(
    key: jax.Array,
    image: ArrayLike,
    *,
    padding: int = 4,
    size: tuple[int, int] | None = None,
) -> jax.Array:
    """Random crop with padding: pads an image with black and crops a random place.

    All places have the same probability.

    | used by, with `flip` | keywords |
    |---|---|
    | ADR, GSC, POD, GR and IE's WRN-28-10 on small images | the defaults |
    | GR on Clothing1M, of 256 x 256 pixels | padding=0, size=(224, 224) |
    | OLS, whose code ADR follows, on Flowers-102 | padding=0, size=(224, 224) |
    | GR on MARS, of 256 x 256 pixels | padding=0, size=(227, 227) |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        padding: The width of the black border on each side, in pixels.
        size: Height and width of the crop; None means those of the image.

    Returns:
        The crop, `[*size, channels]`, of the dtype of the image.

    Raises:
        ValueError: If the image does not have three axes, or the crop does not fit into
            the padded image.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.ones((32, 32, 3))
        >>> augment.pad_crop(key, image, size=(24, 24)).shape
        (24, 24, 3)
    """
    image = image_of(image)
    padding = _checks.count("padding", padding, low=0)
    height, width, channels = image.shape
    padded = jnp.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    size = size_of((height, width) if size is None else size, padded)
    highest = jnp.array(padded.shape[:2], jnp.int32) - jnp.array(size, jnp.int32)
    corner = jax.random.randint(key, (2,), 0, highest + 1, jnp.int32)
    return jax.lax.dynamic_slice(padded, (*corner, jnp.int32(0)), (*size, channels))
