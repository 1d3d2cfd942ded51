"""What a data set is: arrays, and how they are read, augmented and normalised."""

from collections.abc import Callable
import dataclasses
import io
import os
from typing import Literal, NamedTuple

import jax
from jax.typing import ArrayLike
import numpy as np

from adrjax.data import _prepared
from adrjax.data.augment import normalize

CHUNK = 1000  # examples read at once, so that encoded and decoded ones fit in memory


class Split(NamedTuple):
    """All examples of a split; `split._replace(labels=noisy)` gives it other labels.

    Attributes:
        images: uint8 `[n, height, width, channels]`.
        labels: int32 `[n]`.
    """

    images: np.ndarray | jax.Array
    labels: np.ndarray | jax.Array


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A tfds data set small enough for memory, with the features `image` and `label`.

    Attributes:
        name: Its name in tfds.
        num_classes: The number of classes.
        shape: Height, width and channels of every image.
        mean: Of each channel over the training images, with white as 1.
        std: Likewise the standard deviation.
        augment: What training does to one uint8 image, a pure function of
            `(key, image)`, or None.
        prepare: Prepares the data set in a folder if it is not there, without network
            or TensorFlow. None: only `python -m adrjax.data` prepares it.
    """

    name: str
    num_classes: int
    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augment: Callable[[jax.Array, jax.Array], jax.Array] | None = None
    prepare: Callable[[str | os.PathLike], None] | None = None

    def read(
        self,
        split: Literal["train", "test"],
        data_dir: str | os.PathLike | None = None,
    ) -> Split:
        """Decodes a whole split into memory.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None for that of tfds,
                `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.

        Returns:
            The split, in the order it was prepared in.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If the examples are not what the data set says.
        """
        if self.prepare is not None:
            self.prepare(_prepared.root(data_dir))
        source = _prepared.source(self.name, split, data_dir)
        images = np.empty((len(source), *self.shape), np.uint8)
        labels = np.empty(len(source), np.int32)
        for start in range(0, len(source), CHUNK):
            chunk = range(start, min(start + CHUNK, len(source)))
            for i, example in zip(chunk, source.__getitems__(chunk), strict=True):
                images[i] = self._image(example["image"])
                labels[i] = self._label(example["label"])
        return Split(images, labels)

    def normalize(self, images: ArrayLike) -> jax.Array:
        """Centers and scales images by the statistics of the training split.

        Args:
            images: uint8 `[..., height, width, channels]`.

        Returns:
            `(images / 255 - mean) / std` in float32, of the same shape.
        """
        return normalize(images, mean=self.mean, std=self.std)

    def _image(self, encoded: bytes) -> np.ndarray:
        from PIL import Image

        image = np.asarray(Image.open(io.BytesIO(encoded)))
        image = image[..., None] if image.ndim == 2 else image
        if image.shape != self.shape or image.dtype != np.uint8:
            raise ValueError(
                f"{self.name} has an image of shape {image.shape} and {image.dtype}, "
                f"wanted {self.shape} and uint8; a Dataset states the shape that all "
                "its images have"
            )
        return image

    def _label(self, label: int) -> np.int32:
        if label != np.int32(label) or not 0 <= label < self.num_classes:
            raise ValueError(
                f"{self.name} has the label {label}, wanted integers in "
                f"0..{self.num_classes - 1}; a Dataset states its num_classes"
            )
        return np.int32(label)
