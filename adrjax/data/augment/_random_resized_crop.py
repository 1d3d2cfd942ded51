"""Random crops of a random size and aspect."""

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
    whole = image.shape[:2]
    drawn, fits = random_box(key, whole, scale=scale, ratio=ratio, largest=whole)
    middle = _middle(whole, ratio)
    box = Box(*(jnp.where(fits, a, b) for a, b in zip(drawn, middle, strict=True)))
    rows = _weights(box.top, box.height, whole[0], size[0])
    columns = _weights(box.left, box.width, whole[1], size[1])
    resized = jnp.einsum(
        "yh,xw,hwc->yxc", rows, columns, unit(image, "image"), precision="highest"
    )
    return like(image, resized)


def _middle(size, ratio):
    height, width = size
    if width < ratio[0] * height:
        height = round(width / ratio[0])
    elif width > ratio[1] * height:
        width = round(height * ratio[1])
    return Box((size[0] - height) // 2, (size[1] - width) // 2, height, width)


def _weights(start, length, inputs, outputs):
    """What each of a line of pixels counts in each output, `[outputs, inputs]`."""
    stride = length / outputs
    reach = jnp.maximum(stride, 1)
    centers = start + (jnp.arange(outputs)[:, None] + 0.5) * stride
    places = jnp.arange(inputs)
    weights = jnp.maximum(0, 1 - jnp.abs(places + 0.5 - centers) / reach)
    weights *= (start <= places) & (places < start + length)
    return weights / weights.sum(1, keepdims=True)
