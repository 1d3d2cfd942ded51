"""Mirror images."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._pixels import image_of


def flip(key: jax.Array, image: ArrayLike, *, rate: ArrayLike = 0.5) -> jax.Array:
    """Mirrors every other image, left to right.

    ADR, GSC, POD, GR and IE do so on all photos; IE on CIFAR-100 and insightface, whose
    code ADR trains faces with, do nothing else.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        rate: The probability, in [0, 1].

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes or the rate is not in [0, 1].
    """
    image = image_of(image)
    rate = _checks.between("rate", rate, 0, 1)
    return jnp.where(jax.random.bernoulli(key, rate), image[:, ::-1], image)
