"""Images of a split that are decoded when a batch wants them."""

from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any

import numpy as np

from adrjax.data._decode import Crop, decode, decode_crop
from adrjax.data._examples import Examples


@dataclasses.dataclass(frozen=True)
class Streamed:
    """Stands for an array of images, `[n, height, width, channels]`, not in memory.

    Attributes:
        examples: Where they are read.
        split: What to call the split in errors.
        image_shape: Height, width and channels of each.
        crop: What brings them to that size, or None.
        num_workers: Processes that decode; with 0, threads of this one do.
    """

    examples: Examples
    split: str
    image_shape: tuple[int, int, int]
    crop: Crop | None
    num_workers: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of the array."""
        return (len(self.examples), *self.image_shape)

    def __len__(self) -> int:
        """Returns the number of images."""
        return len(self.examples)

    def __getitem__(self, rows: np.ndarray) -> "Streamed":
        """Returns some of the images, still to be decoded."""
        places = np.arange(len(self)) if self._places is None else self._places
        examples = dataclasses.replace(self.examples, places=places[rows])
        return dataclasses.replace(self, examples=examples)

    def decode(self, rows: np.ndarray, seeds: Sequence[Sequence[int]]) -> np.ndarray:
        """Returns some of the images as an array.

        Args:
            rows: Which ones.
            seeds: What decides the random crop of each.

        Returns:
            uint8 `[rows, height, width, channels]`.

        Raises:
            ValueError: If one cannot be decoded or is of another shape; it is named.
        """
        images = np.empty((len(rows), *self.image_shape), np.uint8)
        found = self.examples.__getitems__(rows.tolist())
        for i, (row, example) in enumerate(zip(rows, found, strict=True)):
            images[i] = self.decoded(example, row, seeds[i])
        return images

    def decoded(
        self, example: Mapping[str, Any], row: int, seed: Sequence[int] = ()
    ) -> np.ndarray:
        """Returns the image of an example.

        Args:
            example: What `examples` has in this row.
            row: Its row, for errors.
            seed: What decides the random crop.

        Returns:
            uint8 `[height, width, channels]`.

        Raises:
            ValueError: If it cannot be decoded or is of another shape.
        """
        channels = self.image_shape[-1]
        try:
            if self.crop is None:
                image = decode(example["image"], channels)
            else:
                rng = np.random.default_rng(seed)
                image = decode_crop(example["image"], channels, self.crop, rng)
        except (OSError, SyntaxError) as error:
            raise ValueError(
                f"{self._name(row)} that cannot be decoded: {error}"
            ) from error
        if image.shape != self.image_shape or image.dtype != np.uint8:
            raise ValueError(
                f"{self._name(row)} of shape {image.shape} and {image.dtype}, wanted "
                f"{self.image_shape} and uint8: a Dataset states the shape that all "
                "its images have, and where they are of several sizes, a crop in "
                "Dataset.stream brings them to one"
            )
        return image

    @property
    def _places(self):
        return self.examples.places

    def _name(self, row):
        place = row if self._places is None else self._places[row]
        return f"{self.examples.name} has an image in {self.split}[{place}]"
