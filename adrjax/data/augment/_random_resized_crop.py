"""Random resized crop."""

import functools
import math
import operator

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.data.augment._boxes import Box, random_box
from adrjax.data.augment._options import pair, size_of
from adrjax.data.augment._pixels import image_of, like, with_white_one


def random_resized_crop(
    key: jax.Array,
    image: ArrayLike,
    *,
    size: tuple[int, int],
    scale: tuple[float, float] = (0.08, 1.0),
    ratio: tuple[float, float] = (3 / 4, 4 / 3),
) -> jax.Array:
    """Random resized crop (Inception crop): a random box, scaled to one size.

    The box is the first of ten, drawn as in torchvision, that fits into the image; if
    none does, the largest box in the middle whose aspect ratio is within `ratio`. It is
    scaled bilinearly, with a triangle as wide as an output pixel if it shrinks
    (antialiasing, as in Pillow).

    | used by | keywords |
    |---|---|
    | ADR, GSC and POD on ImageNet, with `flip` | size=(224, 224) |
    | ConvMixer's code on CIFAR-10 | size=(32, 32), scale=(0.75, 1), ratio=(1, 1) |
    | usef-kh/fer on FER2013 | size=(48, 48), scale=(0.8, 1.2) |

    pycls, whose recipe ADR and GSC follow, draws the aspect ratio itself uniformly, not
    its logarithm. For images of many sizes use the decoder `data.RandomResizedCrop` in
    `Dataset.stream`; to scale without a crop, `jax.image.resize`.

    Args:
        key: A JAX random key.
        image: One image, `[height, width, channels]`, uint8, or floating of any range.
        size: Height and width of the result.
        scale: The least and the largest area, over the area of the image.
        ratio: The least and the largest width over height.

    Returns:
        An image `[*size, channels]` of the same dtype.

    Raises:
        ValueError: If the image does not have three axes, or an option is out of range.
        TypeError: If the image is neither uint8 nor floating.

    Example:
        >>> import functools
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from adrjax.data import augment
        >>> key, image = jax.random.key(0), jnp.ones((48, 64, 3))
        >>> crop = functools.partial(augment.random_resized_crop, size=(32, 32))
        >>> jax.jit(crop)(key, image).shape
        (32, 32, 3)

    Reference:
        Szegedy et al., Going Deeper with Convolutions, Sec. 6; torchvision's
        RandomResizedCrop.
    """
    image = image_of(image)
    size = size_of(size)
    scale, ratio = pair("scale", scale), pair("ratio", ratio)
    height, width, _ = image.shape
    whole = height, width
    drawn, fits = random_box(key, whole, scale=scale, ratio=ratio, largest=whole)
    middle = _middle(whole, ratio)
    box = Box(*(jnp.where(fits, a, b) for a, b in zip(drawn, middle, strict=True)))
    rows = _resize(with_white_one(image, "image"), 0, box.top, box.height, size[0])
    return like(image, _resize(rows, 1, box.left, box.width, size[1]))


def _middle(size: tuple[int, int], ratio: tuple[float, float]) -> tuple[int, ...]:
    """Returns top, left, height and width of the largest box in the middle."""
    height, width = size
    if width < ratio[0] * height:
        height = round(width / ratio[0])
    elif width > ratio[1] * height:
        width = round(height * ratio[1])
    return (size[0] - height) // 2, (size[1] - width) // 2, height, width


def _resize(
    pixels: jax.Array, axis: int, start: jax.Array, length: jax.Array, outputs: int
) -> jax.Array:
    """Scales a part of an axis: each output is a weighted mean of a few inputs."""
    inputs = pixels.shape[axis]
    start, length = start.astype(pixels.dtype), length.astype(pixels.dtype)
    stride = length / outputs
    reach = jnp.maximum(stride, 1)
    centers = start + (jnp.arange(outputs, dtype=pixels.dtype) + 0.5) * stride
    taps = jnp.arange(math.ceil(2 * max(1, inputs / outputs)) + 1, dtype=pixels.dtype)
    places = jnp.floor(centers - reach + 0.5)[None] + taps[:, None]
    weights = jnp.maximum(0, 1 - jnp.abs(places + 0.5 - centers[None]) / reach)
    weights = jnp.where((start <= places) & (places < start + length), weights, 0)
    weights /= weights.sum(0, keepdims=True)
    places = jnp.clip(places, 0, inputs - 1).astype(jnp.int32)
    shape = (-1, 1, 1) if axis == 0 else (1, -1, 1)
    terms = [
        jnp.take(pixels, place, axis) * weight.reshape(shape)
        for place, weight in zip(places, weights, strict=True)
    ]
    return functools.reduce(operator.add, terms)
