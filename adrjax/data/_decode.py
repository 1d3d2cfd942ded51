"""Decoding the bytes of an image file, and crops made while decoding."""

import dataclasses
import io
import math
from typing import Any

import numpy as np

from adrjax import _checks

ATTEMPTS = 10  # to draw a crop that fits, as in torchvision

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class _Square:
    """A crop that becomes a square of one size."""

    size: int

    def shape(self, channels: int) -> tuple[int, ...]:
        """Returns the shape of a decoded image."""
        return self.size, self.size, channels


@dataclasses.dataclass(frozen=True)
class CenterCrop(_Square):
    """Center crop, made while decoding: a square in the middle, scaled to one size.

    For the `crop` of `Dataset.stream` in evaluation. A size of 224 with the default
    share is the crop of most papers on ImageNet, which scale the shorter side to 256
    pixels. It is not a function of arrays: slice an array, and scale it with
    `jax.image.resize(image, shape, "linear")`.

    Attributes:
        size: Height and width of the result.
        share: The side of the square over the shorter side of the image, in (0, 1].
    """

    share: float = 0.875

    def __post_init__(self) -> None:
        _checks.count("size", self.size, low=1)
        if not 0 < self.share <= 1:
            raise ValueError(f"share must be in (0, 1], got {self.share}")

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of the crop; `rng` is not used."""
        side = self.share * min(width, height)
        return _centered(width, height, side, side)


@dataclasses.dataclass(frozen=True)
class RandomResizedCrop(_Square):
    """Random resized crop (Inception crop), made while decoding.

    For the `crop` of `Dataset.stream` in training. For arrays, and in the augmentation
    of a data set, use `data.augment.random_resized_crop`; to scale an array without a
    crop, `jax.image.resize(image, shape, "linear")`.

    Attributes:
        size: Height and width of the result.
        scale: The least and the largest area of the crop, over the area of the image.
        ratio: The least and the largest ratio of width to height.

    Reference:
        Szegedy et al., Going Deeper with Convolutions, CVPR 2015, Sec. 6.
    """

    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def __post_init__(self) -> None:
        _checks.count("size", self.size, low=1)
        for name, bounds in (("scale", self.scale), ("ratio", self.ratio)):
            if len(bounds) != 2 or not 0 < bounds[0] <= bounds[1] < math.inf:
                raise ValueError(
                    f"{name} must be a least and a largest positive number, got "
                    f"{bounds}"
                )

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of a random crop."""
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


@dataclasses.dataclass(frozen=True)
class Squash(_Square):
    """Squash: the whole image, scaled to a square, made while decoding.

    For the `crop` of `Dataset.stream`. The aspect ratio of the image is not kept, as by
    torchvision's `Resize((224, 224))`. With `of`, the image is scaled to a square of
    this side, and the square of `size` in its middle is cropped: the evaluation of OLS
    on Flowers-102, which ADR follows, is `Squash(224, of=256)`.

    Attributes:
        size: Height and width of the result.
        of: Height and width of the squashed image, at least `size`; None means `size`.
    """

    of: int | None = None

    def __post_init__(self) -> None:
        _check_squash(self.size, self.size if self.of is None else self.of)

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of the crop; `rng` is not used."""
        of = self.size if self.of is None else self.of
        middle = round((of - self.size) / 2)
        return _squashed(width, height, self.size, of, middle, middle)


@dataclasses.dataclass(frozen=True)
class SquashRandomCrop(_Square):
    """Squash and random crop, made while decoding.

    For the `crop` of `Dataset.stream` in training. The whole image is scaled to a
    square without keeping its aspect ratio, and a random square of it is cropped; all
    places have the same probability. `SquashRandomCrop(224, of=256)` is the training of
    OLS on Flowers-102, which ADR follows; the evaluation is `Squash(224, of=256)`.

    Attributes:
        size: Height and width of the result.
        of: Height and width of the squashed image, at least `size`.
    """

    of: int

    def __post_init__(self) -> None:
        _check_squash(self.size, self.of)

    def box(self, width: int, height: int, rng: np.random.Generator) -> Box:
        """Returns left, top, right and bottom of a random crop."""
        left, top = rng.integers(0, self.of - self.size, 2, endpoint=True).tolist()
        return _squashed(width, height, self.size, self.of, left, top)


Crop = CenterCrop | RandomResizedCrop | Squash | SquashRandomCrop


def decode(encoded: bytes, channels: int) -> np.ndarray:
    """Decodes an image file.

    Args:
        encoded: The bytes of a JPEG or PNG file.
        channels: 3 converts any image to RGB; 1 converts nothing, for grey images.

    Returns:
        `[height, width, channels]`.

    Raises:
        OSError: If the image cannot be decoded to its end.
    """
    from PIL import Image

    return _pixels(_colored(Image.open(io.BytesIO(encoded)), channels))


def decode_crop(
    encoded: bytes, channels: int, crop: Crop, rng: np.random.Generator
) -> np.ndarray:
    """Decodes an image file and scales a crop of it to one size.

    A JPEG is decoded at a half, a quarter or an eighth of its size if that leaves at
    least twice the needed resolution.

    Args:
        encoded: The bytes of a JPEG or PNG file.
        channels: 3 converts any image to RGB; 1 converts nothing, for grey images.
        crop: The crop.
        rng: The generator of a random crop.

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
    return _pixels(
        _colored(image, channels).resize(size, Image.Resampling.BILINEAR, box)
    )


def _colored(image: Any, channels: int) -> Any:
    return image.convert("RGB") if channels == 3 and image.mode != "RGB" else image


def _pixels(image: Any) -> np.ndarray:
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _centered(width: int, height: int, w: float, h: float) -> Box:
    left, top = (width - w) / 2, (height - h) / 2
    return left, top, left + w, top + h


def _check_squash(size: int, of: int) -> None:
    _checks.count("size", size, low=1)
    _checks.count("of", of, low=size)


def _squashed(width: int, height: int, size: int, of: int, left: int, top: int) -> Box:
    """Returns the box that is a crop of the image scaled to `of` x `of` pixels."""
    x, y = width / of, height / of
    return left * x, top * y, (left + size) * x, (top + size) * y
