"""From the bytes of an image file to its pixels, and to a crop of one size."""

import dataclasses
import io
import math

import numpy as np

ATTEMPTS = 10  # at a crop that fits, as in torchvision

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class CenterCrop:
    """Cuts the middle out of an image, for evaluation.

    With the shorter side brought to 256 pixels and a size of 224 it is what most papers
    on ImageNet do.

    Attributes:
        size: Height and width of what comes out.
        share: How much of the shorter side is seen.
    """

    size: int
    share: float = 0.875

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of what is cut out."""
        side = self.share * min(width, height)
        return _centered(width, height, side, side)


@dataclasses.dataclass(frozen=True)
class RandomResizedCrop:
    """Cuts a random part out of an image, of a random shape, for training.

    It is `data.augment.random_resized_crop` for images of many sizes, cut where they
    are decoded.

    Attributes:
        size: Height and width of what comes out.
        scale: The least and the largest share of the image's area.
        ratio: The least and the largest ratio of width to height.

    Reference:
        Szegedy et al., Going Deeper with Convolutions, CVPR 2015, Sec. 6.
    """

    size: int
    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of what is cut out."""
        low, high = self.ratio
        areas = width * height * rng.uniform(*self.scale, ATTEMPTS)
        ratios = np.exp(rng.uniform(math.log(low), math.log(high), ATTEMPTS))
        widths, heights = np.sqrt(areas * ratios), np.sqrt(areas / ratios)
        fits = (widths <= width) & (heights <= height)
        if not fits.any():
            w, h = min(width, height * high), min(height, width / low)
            return _centered(width, height, w, h)
        first = int(np.argmax(fits))
        w, h = float(widths[first]), float(heights[first])
        left, top = rng.uniform(0, width - w), rng.uniform(0, height - h)
        return left, top, left + w, top + h


Crop = CenterCrop | RandomResizedCrop


def decode(encoded: bytes, channels: int) -> np.ndarray:
    """Decodes an image file.

    Args:
        encoded: The bytes of a JPEG or PNG.
        channels: 3 makes RGB of any image; 1 leaves it as it is, grey.

    Returns:
        `[height, width, channels]`.

    Raises:
        OSError: If the image cannot be decoded to its end.
    """
    from PIL import Image

    return _array(_colored(Image.open(io.BytesIO(encoded)), channels))


def decode_crop(
    encoded: bytes, channels: int, crop: Crop, rng: np.random.Generator
) -> np.ndarray:
    """Decodes an image file and brings a part of it to one size.

    A JPEG is decoded at a half, a quarter or an eighth of its size where twice as many
    pixels remain as are wanted.

    Args:
        encoded: The bytes of a JPEG or PNG.
        channels: 3 makes RGB of any image; 1 leaves it as it is, grey.
        crop: What is cut out.
        rng: Decides a random crop.

    Returns:
        `[size, size, channels]`.

    Raises:
        OSError: If the image cannot be decoded to its end.
    """
    from PIL import Image

    image = Image.open(io.BytesIO(encoded))
    width, height = image.size
    left, top, right, bottom = crop.box(width, height, rng)
    zoom = 2 * crop.size / min(right - left, bottom - top)
    drafted = image.draft(None, (math.ceil(width * zoom), math.ceil(height * zoom)))
    scale = 1 if drafted is None else drafted[1][2] / width
    box = (
        left * scale,
        top * scale,
        min(right * scale, image.width),
        min(bottom * scale, image.height),
    )
    size = (crop.size, crop.size)
    return _array(
        _colored(image, channels).resize(size, Image.Resampling.BILINEAR, box)
    )


def _colored(image, channels):
    return image.convert("RGB") if channels == 3 and image.mode != "RGB" else image


def _array(image):
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _centered(width, height, w, h):
    left, top = (width - w) / 2, (height - h) / 2
    return left, top, left + w, top + h
