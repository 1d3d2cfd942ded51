"""The augmentation of CIFAR: pad, crop, flip."""

import jax
from jax.typing import ArrayLike

from adrjax.data.augment._flip import flip
from adrjax.data.augment._pad_crop import pad_crop


def pad_crop_flip(key: jax.Array, image: ArrayLike, *, padding: int = 4) -> jax.Array:
    """Pads an image with black, crops it to its size and mirrors every other one.

    All `(2 * padding + 1) ** 2` crops are as likely, with and without the mirror. ADR,
    GSC, POD and GR train so on CIFAR, and POD on Tiny ImageNet and FaceScrub.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        padding: Width of the black border on each side, in pixels.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes.

    Reference:
        Lee et al., Deeply-Supervised Nets, AISTATS 2015, Sec. 3.2.
    """
    crop_key, flip_key = jax.random.split(key)
    return flip(flip_key, pad_crop(crop_key, image, padding=padding))
