"""Images of a split that are decoded when a batch needs them."""

from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

import numpy as np

from adrjax.data._clips import ClipCrop, decode_clip
from adrjax.data._decode import Crop, decode, decode_crop
from adrjax.data._examples import Examples


@dataclasses.dataclass(frozen=True)
class Streamed:
    """Stands for an array of images, `[n, height, width, channels]`, not in memory.

    Clips of images have an axis of segments before their height.

    Attributes:
        examples: The examples with encoded images.
        split: The name of the split, for errors.
        image_shape: Height, width and channels of each image.
        crop: The crop that gives the images this size, or None.
        num_workers: The number of processes that decode; 0 decodes in threads.
    """

    examples: Examples
    split: str
    image_shape: tuple[int, ...]
    crop: Crop | ClipCrop | None
    num_workers: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return (len(self.examples), *self.image_shape)

    def __len__(self) -> int:
        """Returns the number of images."""
        return len(self.examples)

    def __getitem__(self, rows: np.ndarray) -> "Streamed":
        """Returns some of the images, not yet decoded."""
        places = np.arange(len(self)) if self._places is None else self._places
        examples = dataclasses.replace(self.examples, places=places[rows])
        return dataclasses.replace(self, examples=examples)

    def decode(self, rows: np.ndarray, seeds: Sequence[Sequence[int]]) -> np.ndarray:
        """Decodes some of the images.

        Args:
            rows: Their rows.
            seeds: The seed of the random crop of each.

        Returns:
            uint8 `[rows, height, width, channels]`.

        Raises:
            ValueError: If an image cannot be decoded or has another shape; the error
                names it.
        """
        images = np.empty((len(rows), *self.image_shape), np.uint8)
        found = self.examples.__getitems__(rows.tolist())
        for i, (row, example) in enumerate(zip(rows, found, strict=True)):
            images[i] = self.decoded(example, row, seeds[i])
        return images

    def decoded(
        self, example: Mapping[str, Any], row: int, seed: Sequence[int] = ()
    ) -> np.ndarray:
        """Decodes the image of an example.

        Args:
            example: The example of this row.
            row: Its row, for errors.
            seed: The seed of the random crop.

        Returns:
            uint8 `[height, width, channels]`.

        Raises:
            ValueError: If the image cannot be decoded or has another shape.
        """
        channels = self.image_shape[-1]
        try:
            if self.crop is None:
                image = decode(example["image"], channels)
            elif isinstance(self.crop, ClipCrop):
                rng = np.random.default_rng(seed)
                image = decode_clip(example["frames"], self.crop, rng)
            else:
                rng = np.random.default_rng(seed)
                image = decode_crop(example["image"], channels, self.crop, rng)
        except Exception as error:  # Pillow raises many kinds for a damaged image
            raise ValueError(f"{self._name(row)} cannot be decoded: {error}") from error
        if image.shape != self.image_shape or image.dtype != np.uint8:
            raise ValueError(
                f"{self._name(row)} must be uint8 of shape {self.image_shape}, got "
                f"{image.dtype} of shape {image.shape}; set the shape of the Dataset "
                "if all its images have one size, or pass a crop to Dataset.stream"
            )
        return image

    @property
    def _places(self) -> np.ndarray | None:
        return self.examples.places

    def _name(self, row: int) -> str:
        place = row if self._places is None else self._places[row]
        return f"the image of {self.examples.name} at {self.split}[{place}]"


def open_images(
    examples: Examples,
    split: str,
    shape: tuple[int, ...] | None,
    channels: int,
    crop: Crop | ClipCrop | None = None,
    num_workers: int = 0,
) -> Streamed:
    """Returns the images of examples, to be decoded when a batch needs them.

    Args:
        examples: The examples with encoded images.
        split: The name of the split, for errors.
        shape: Height, width and channels of every image; None means those of the first.
        channels: The number of channels.
        crop: The crop that gives images of several sizes one size, or None.
        num_workers: The number of processes that decode; 0 decodes in threads.

    Raises:
        ValueError: If an example has no single image, or for the crop of a clip no
            frames.
    """
    features = examples[0]
    if isinstance(crop, ClipCrop):
        if "frames" not in features:
            raise ValueError(
                f"{examples.name} has no frames in an example, so it has no clips for "
                f"{type(crop).__name__}, only {', '.join(sorted(features))}"
            )
    elif "image" not in features:
        raise ValueError(
            f"{examples.name} has no single image in an example, so it cannot be read "
            f"as a Split; read {', '.join(sorted(features))} with Dataset.examples"
        )
    if crop is not None:
        shape = crop.shape(channels)
    elif shape is None:
        shape = decode(features["image"], channels).shape
    return Streamed(examples, split, shape, crop, num_workers)
