"""Random erasing."""

import math
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._boxes import inside, random_box
from adrjax.data.augment._options import number, pair
from adrjax.data.augment._pixels import (
    WHITE,
    Color,
    check_dtype,
    filled,
    image_of,
    like,
)


def random_erasing(
    key: jax.Array,
    image: ArrayLike,
    *,
    rate: ArrayLike = 0.5,
    scale: tuple[float, float] = (0.02, 0.33),
    ratio: tuple[float, float] = (0.3, 3.3),
    fill: Color | Literal["noise"] = 0.0,
) -> jax.Array:
    """Random erasing: fills a box of random area, aspect ratio and place.

    The box is the first of ten, drawn as in torchvision, that is less high and less
    wide than the image; if none is, the image is unchanged.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013, after `ten_crop` | the defaults |
    | ConvMixer's code on CIFAR-10 | rate=0.25, fill=dataset.mean |
    | DeiT, which ADR's ViT follows | rate=0.25, fill="noise" |

    ConvMixer's code and DeiT fill a normalized image: the first with zeros, which is
    the mean before the normalization, the second with normal noise.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating.
        rate: The probability that a box is erased, in [0, 1].
        scale: The least and the largest area, over the area of the image.
        ratio: The least and the largest height over width.
        fill: The color of the box, `[]` or `[channels]`, with white as 1, or `"noise"`:
            each value is uniform from black to white.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image does not have three axes, or an option is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.ones((9, 9, 1))
        >>> bool((augment.random_erasing(key, image, rate=1.0) == 0).any())
        True

    Reference:
        Zhong et al., Random Erasing Data Augmentation, Algorithm 1; torchvision's
        RandomErasing.
    """
    image = image_of(image)
    check_dtype(image, "image")
    rate = number("rate", rate, 0, 1)
    scale, ratio = pair("scale", scale), pair("ratio", ratio)
    rate_key, box_key, fill_key = jax.random.split(key, 3)
    height, width, _ = image.shape
    box, fits = random_box(
        box_key,
        (height, width),
        scale=scale,
        ratio=(1 / ratio[1], 1 / ratio[0]),
        largest=(height - 1, width - 1),
    )
    if isinstance(fill, str):
        _checks.one_of("fill", fill, ("noise",))
        color = like(image, _noise(fill_key, image.shape))
    else:
        color = filled(image, fill)
    erases = fits & jax.random.bernoulli(rate_key, rate)
    return jnp.where(erases & inside(box, image), color, image)


def _noise(key: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Uniform levels, four of each random word: random words are slow on a CPU."""
    n = math.prod(shape)
    words = jax.random.bits(key, (-(-n // 4),))
    levels = jax.lax.bitcast_convert_type(words, jnp.uint8).ravel()[:n].reshape(shape)
    return levels / WHITE
