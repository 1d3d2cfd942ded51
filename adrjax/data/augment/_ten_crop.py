"""Ten-crop: the corners and the middle of an image and of its mirror image."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._options import size_of
from adrjax.data.augment._pixels import image_of


def ten_crop(image: ArrayLike, *, size: tuple[int, int]) -> jax.Array:
    """Ten-crop: the four corners and the middle of an image and of its mirror image.

    For evaluation: the mean of the logits of the ten crops. In training, an
    augmentation may return all ten, and each becomes an example. usef-kh/fer, the
    public code of ADR's network for FER2013, does both, with `size=(40, 40)` of 48 x 48
    pixels.

    Args:
        image: One image, `[height, width, channels]`, of any dtype and range.
        size: Height and width of the crops.

    Returns:
        `[10, *size, channels]` of the same dtype: top left, top right, bottom left,
        bottom right and middle, then the same of the mirror image.

    Raises:
        ValueError: If the image does not have three axes, or the crops do not fit in.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> image = jnp.arange(3).reshape(1, 3, 1)
        >>> augment.ten_crop(image, size=(1, 1)).ravel().tolist()
        [0, 2, 0, 2, 1, 2, 0, 2, 0, 1]

    Reference:
        Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural
        Networks, Sec. 4.1; torchvision's TenCrop.
    """
    return jax.vmap(lambda place: _crop(place, image, size))(jnp.arange(10))


def one_of_ten_crops(
    key: jax.Array, image: ArrayLike, *, size: tuple[int, int]
) -> jax.Array:
    """Random one of the ten crops of `ten_crop`, for training.

    One of the ten has the same expected gradient as all of them, for a tenth of the
    operations.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, of any dtype and range.
        size: Height and width of the crop.

    Returns:
        An image `[*size, channels]` of the same dtype.

    Raises:
        ValueError: If the image does not have three axes, or the crop does not fit in.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.ones((9, 9, 3))
        >>> augment.one_of_ten_crops(key, image, size=(5, 7)).shape
        (5, 7, 3)
    """
    return _crop(jax.random.randint(key, (), 0, 10), image, size)


def _crop(place: jax.Array, image: ArrayLike, size: tuple[int, int]) -> jax.Array:
    image = image_of(image)
    size = size_of(size, image)
    down, right = image.shape[0] - size[0], image.shape[1] - size[1]
    corners = jnp.array(
        [
            (0, 0),
            (0, right),
            (down, 0),
            (down, right),
            (round(down / 2), round(right / 2)),
        ],
        jnp.int32,
    )
    corner = (*corners[place % 5], jnp.int32(0))
    side = jnp.where(place < 5, image, image[:, ::-1])
    return jax.lax.dynamic_slice(side, corner, (*size, image.shape[-1]))
