"""Random erasing."""

import math
from typing import Literal

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._boxes import check_range, inside, random_box
from adrjax.data.augment._pixels import WHITE, Color, filled, image_of


def random_erasing(
    key: jax.Array,
    image: ArrayLike,
    *,
    rate: ArrayLike = 0.5,
    scale: tuple[float, float] = (0.02, 0.33),
    ratio: tuple[float, float] = (0.3, 3.3),
    fill: Color | Literal["noise"] = 0.0,
) -> jax.Array:
    """Blots out a box of a random area, aspect and place in every other image.

    Of ten boxes, drawn as torchvision draws them, the first is taken that is less high
    and less wide than the image; if none is, the image stays as it is.

    | used by | keywords |
    |---|---|
    | usef-kh/fer on FER2013, after `ten_crop` | the defaults |
    | ConvMixer's code on CIFAR-10 | rate=0.25, fill=dataset.mean |
    | DeiT, which ADR's ViT follows | rate=0.25, fill="noise" |

    Both fill a normalized image: the first with zeros, which is the mean before it, the
    second with normal noise.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating.
        rate: The probability that something is erased, in [0, 1].
        scale: The least and the largest area, as a share of the image's.
        ratio: The least and the largest height over width.
        fill: The color of the box, `[]` or `[channels]`, with white as 1, or `"noise"`:
            each value is uniform from black to white.

    Returns:
        An image of the same shape and dtype.

    Raises:
        ValueError: If the image has not three axes, or a keyword is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        Zhong et al., Random Erasing Data Augmentation, Algorithm 1; torchvision's
        RandomErasing.
    """
    image = image_of(image)
    rate = _checks.between("rate", rate, 0, 1)
    check_range("scale", scale)
    check_range("ratio", ratio)
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
        fill = _noise(fill_key, image.shape)
    erases = fits & jax.random.bernoulli(rate_key, rate)
    erased = erases & inside(box, image)
    return jnp.where(erased, filled(image, fill), image)


def _noise(key, shape):
    """Uniform levels, four of each random word: random words are slow on a CPU."""
    n = math.prod(shape)
    words = jax.random.bits(key, (-(-n // 4),))
    levels = jax.lax.bitcast_convert_type(words, jnp.uint8).ravel()[:n].reshape(shape)
    return levels / WHITE
