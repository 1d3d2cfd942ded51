"""Random horizontal flip."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._options import number
from adrjax.data.augment._pixels import image_of


def flip(key: jax.Array, image: ArrayLike, *, rate: ArrayLike = 0.5) -> jax.Array:
    """Random horizontal flip: mirrors an image left to right, half of the time.

    ADR, GSC, POD, GR and IE flip all photos. IE on CIFAR-100, and insightface, whose
    code ADR trains faces with, use no other augmentation.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        rate: The probability of a flip, in [0, 1].

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes or the rate is not in [0, 1].

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> augment.flip(jax.random.key(0), jnp.array([[[1], [2]]]), rate=1.0).tolist()
        [[[2], [1]]]
    """
    image = image_of(image)
    rate = number("rate", rate, 0, 1)
    return jnp.where(jax.random.bernoulli(key, rate), image[:, ::-1], image)
