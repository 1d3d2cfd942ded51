"""Random crop with padding, then a random horizontal flip."""

import jax
from jax.typing import ArrayLike

from adrjax.data.augment._flip import flip
from adrjax.data.augment._pad_crop import pad_crop


def pad_crop_flip(key: jax.Array, image: ArrayLike, *, padding: int = 4) -> jax.Array:
    """Random crop with padding and flip: the standard augmentation of CIFAR.

    Pads an image with black, crops it to its size and mirrors it half of the time. All
    `(2 * padding + 1) ** 2` crops have the same probability, with and without the flip.
    ADR, GSC, POD and GR use it on CIFAR, and POD on Tiny ImageNet and FaceScrub.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        padding: The width of the black border on each side, in pixels.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes or the padding is negative.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> keys = jax.random.split(jax.random.key(0), 8)
        >>> augmented = jax.jit(jax.vmap(augment.pad_crop_flip))
        >>> augmented(keys, jnp.ones((8, 6, 6, 3))).shape
        (8, 6, 6, 3)

    Reference:
        Lee et al., Deeply-Supervised Nets, AISTATS 2015, Sec. 3.2.
    """
    crop_key, flip_key = jax.random.split(key)
    return flip(flip_key, pad_crop(crop_key, image, padding=padding))
