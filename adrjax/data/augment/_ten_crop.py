"""The four corners and the middle of an image and of its mirror image."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._pixels import fits, image_of


def ten_crop(image: ArrayLike, *, size: tuple[int, int]) -> jax.Array:
    """Crops the four corners and the middle of an image and of its mirror image.

    usef-kh/fer, the public code of ADR's network for FER2013, takes `size=(40, 40)` of
    48 x 48 pixels and the mean of the ten crops' logits.

    Args:
        image: One image, `[height, width, channels]`, of any dtype and range.
        size: Height and width of the crops.

    Returns:
        `[10, *size, channels]` of the same dtype: top left, top right, bottom left,
        bottom right and middle, then the same of the mirror image.

    Raises:
        ValueError: If the image has not three axes, or the crops do not fit in.

    Reference:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural
        Networks, Sec. 4.1; torchvision's TenCrop.
    """
    return jax.vmap(lambda place: _crop(place, image, size))(jnp.arange(10))


def one_of_ten_crops(
    key: jax.Array, image: ArrayLike, *, size: tuple[int, int]
) -> jax.Array:
    """Crops one of what `ten_crop` crops, at random.

    usef-kh/fer trains on all ten of an image at once; one of them has the same gradient
    in the mean.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        size: Height and width of the crop.

    Returns:
        An image `[*size, channels]` of the same dtype.

    Raises:
        ValueError: If the image has not three axes, or the crop does not fit in.
    """
    return _crop(jax.random.randint(key, (), 0, 10), image, size)


def _crop(place, image, size):
    image = image_of(image)
    fits(size, image)
    down, right = (whole - side for whole, side in zip(image.shape, size, strict=False))
    corners = jnp.array(
        [
            (0, 0),
            (0, right),
            (down, 0),
            (down, right),
            (round(down / 2), round(right / 2)),
        ]
    )
    corner = (*corners[place % 5], 0)
    side = jnp.where(place < 5, image, image[:, ::-1])
    return jax.lax.dynamic_slice(side, corner, (*size, image.shape[-1]))
