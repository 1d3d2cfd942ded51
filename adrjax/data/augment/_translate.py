"""Random translation."""

import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import image_of
from adrjax.data.augment._warp import BORDERS, Border


def translate(
    key: jax.Array,
    image: ArrayLike,
    *,
    fraction: float = 0.2,
    rate: ArrayLike = 1.0,
    border: Border = "black",
) -> jax.Array:
    """Random translation by whole pixels, vertically and horizontally.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013 | fraction=0.2, rate=0.5 |
    | D2L and SL on CIFAR-100, but also by parts of pixels | border="edge" |

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        fraction: The largest translation over the height and the width, in [0, 1];
            constant under `jax.jit`.
        rate: The probability of a translation, in [0, 1].
        border: The pixels outside of the image: black, or the nearest pixel of the
            edge.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes, or an option is out of range.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> augment.translate(jax.random.key(0), jnp.ones((1, 2, 1)), rate=0.0).tolist()
        [[[1.0], [1.0]]]

    Reference:
        torchvision's RandomAffine; Keras's ImageDataGenerator.
    """
    image = image_of(image)
    number("fraction", fraction, 0, 1)
    rate = number("rate", rate, 0, 1)
    _checks.one_of("border", border, BORDERS)
    shift_key, rate_key = jax.random.split(key)
    largest = [float(fraction) * side for side in image.shape[:2]]
    shift = jax.random.uniform(shift_key, (2,), jnp.float32, -1)
    shift = jnp.round(jnp.array(largest, jnp.float32) * shift).astype(jnp.int32)
    shift = jnp.where(jax.random.bernoulli(rate_key, rate), shift, 0)
    widths = [math.ceil(side) for side in largest]
    padded = jnp.pad(
        image,
        [(width, width) for width in widths] + [(0, 0)],
        mode="constant" if border == "black" else "edge",
    )
    corner = jnp.array(widths, jnp.int32) + shift
    return jax.lax.dynamic_slice(padded, (*corner, jnp.int32(0)), image.shape)
