"""Crop of a fixed place."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._options import size_of
from adrjax.data.augment._pixels import image_of


def crop(
    image: ArrayLike,
    *,
    size: tuple[int, int],
    top: int | None = None,
    left: int | None = None,
) -> jax.Array:
    """Crop: a fixed part of an image, by default its middle.

    It needs no key, so that training and evaluation can see the same part of each
    image. For a random place use `pad_crop`.

    | used by | keywords |
    |---|---|
    | IE on faces of 112 x 112 pixels: the columns 8 to 103 | size=(112, 96) |
    | ADR's network for FER2013, of 48 x 48 pixels | size=(40, 40) |
    | evaluation of `pad_crop(padding=0)`, of 256 x 256 pixels | size=(224, 224) |

    Args:
        image: One image, `[height, width, channels]`, of any dtype and range.
        size: Height and width of the crop.
        top: The first row; None crops the middle rows, as torchvision's CenterCrop.
        left: The first column; None crops the middle columns.

    Returns:
        The crop, `[*size, channels]`, of the dtype of the image.

    Raises:
        ValueError: If the image does not have three axes, or the crop does not fit in.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> image = jnp.arange(4).reshape(1, 4, 1)
        >>> augment.crop(image, size=(1, 2)).ravel().tolist()
        [1, 2]
        >>> augment.crop(image, size=(1, 2), left=0).ravel().tolist()
        [0, 1]
    """
    image = image_of(image)
    size = size_of(size, image)
    top = _start("top", top, image.shape[0] - size[0])
    left = _start("left", left, image.shape[1] - size[1])
    return image[top : top + size[0], left : left + size[1]]


def _start(name: str, start: int | None, last: int) -> int:
    """Returns the first row or column of a crop, at most `last`."""
    if start is None:
        return round(last / 2)
    return _checks.count(name, start, low=0, high=last)
