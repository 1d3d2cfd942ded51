"""Random crops of a random size and aspect."""

import functools
import math
import operator

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.data.augment._boxes import Box, check_range, random_box
from adrjax.data.augment._pixels import image_of, like, unit


def random_resized_crop(
    key: jax.Array,
    image: ArrayLike,
    *,
    size: tuple[int, int],
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
) -> jax.Array:
    """Crops a random share of an image at a random aspect and scales it to a size.

    Of ten boxes, drawn as torchvision draws them, the first that fits is cropped; if
    none does, the largest in the middle whose aspect is within `ratio`. It is scaled
    bilinearly, by a triangle as wide as an output pixel where it shrinks.

    | used by | keywords |
    |---|---|
    | ADR, GSC and POD on ImageNet, with `flip` | size=(224, 224) |
    | ConvMixer's code on CIFAR-10 | size=(32, 32), scale=(0.75, 1), ratio=(1, 1) |
    | usef-kh/fer on FER2013 | size=(48, 48), scale=(0.8, 1.2) |

    pycls, whose recipe ADR and GSC follow, draws the aspect itself uniformly, not its
    logarithm.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating of any range.
        size: Height and width of what is returned.
        scale: The least and the largest area, as a share of the image's.
        ratio: The least and the largest width over height.

    Returns:
        An image `[*size, channels]` of the same dtype.

    Raises:
        ValueError: If the image has not three axes, or a range is not of positive
            numbers in order.
        TypeError: If the image is neither uint8 nor floating.

    Reference:
        Szegedy et al., Going Deeper with Convolutions, Sec. 6; torchvision's
        RandomResizedCrop.
    """
    image = image_of(image)
    for side in size:
        _checks.count("size", side, low=1)
    check_range("scale", scale)
    check_range("ratio", ratio)
    height, width, _ = image.shape
    whole = height, width
    drawn, fits = random_box(key, whole, scale=scale, ratio=ratio, largest=whole)
    middle = _middle(whole, ratio)
    box = Box(*(jnp.where(fits, a, b) for a, b in zip(drawn, middle, strict=True)))
    rows = _resize(unit(image, "image"), 0, box.top, box.height, size[0])
    return like(image, _resize(rows, 1, box.left, box.width, size[1]))


def _middle(size, ratio):
    height, width = size
    if width < ratio[0] * height:
        height = round(width / ratio[0])
    elif width > ratio[1] * height:
        width = round(height * ratio[1])
    return Box((size[0] - height) // 2, (size[1] - width) // 2, height, width)


def _resize(pixels, axis, start, length, outputs):
    """Scales a part of an axis: each output is a weighted mean of few inputs."""
    inputs = pixels.shape[axis]
    stride = length / outputs
    reach = jnp.maximum(stride, 1)
    centers = start + (jnp.arange(outputs) + 0.5) * stride
    taps = jnp.arange(math.ceil(2 * max(1, inputs / outputs)) + 1)[:, None]
    places = jnp.floor(centers - reach + 0.5).astype(int) + taps
    weights = jnp.maximum(0, 1 - jnp.abs(places + 0.5 - centers) / reach)
    weights *= (start <= places) & (places < start + length)
    weights /= weights.sum(0)
    places = jnp.clip(places, 0, inputs - 1)
    shape = (-1, 1, 1) if axis == 0 else (-1, 1)
    terms = [
        jnp.take(pixels, place, axis) * weight.reshape(shape)
        for place, weight in zip(places, weights, strict=True)
    ]
    return functools.reduce(operator.add, terms)
