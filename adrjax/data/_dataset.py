"""What a data set is: examples, and how they are read, augmented and normalised."""

from collections.abc import Callable, Mapping
import dataclasses
import os
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.data import _examples, _prepared
from adrjax.data._decode import Crop, decode
from adrjax.data._examples import Examples
from adrjax.data._streamed import Streamed
from adrjax.data.augment import normalize

CHUNK = 1000  # examples read at once, so that encoded and decoded ones fit in memory

Augment = Callable[[jax.Array, jax.Array], jax.Array]
Mix = Callable[[jax.Array, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]
Folder = str | os.PathLike | None


class Split(NamedTuple):
    """All examples of a split; `split._replace(labels=noisy)` gives it other labels.

    Attributes:
        images: uint8 `[n, height, width, channels]`, or what decodes them when a batch
            wants them.
        labels: int32 `[n]`.
    """

    images: np.ndarray | jax.Array | Streamed
    labels: np.ndarray | jax.Array


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A data set of tfds, or a part of its classes or splits.

    Attributes:
        name: Its name in tfds, and the configuration if there are several.
        num_classes: The number of classes; 0 where the examples have none.
        shape: Height, width and channels of every image; None where sizes differ.
        mean: Of each channel over the training images, with white as 1.
        std: Likewise the standard deviation.
        augment: What training does to one uint8 image, a pure function of
            `(key, image)`, or None.
        mix: What training does then to the normalized images and the labels of a batch,
            a pure function of `(key, images, labels)` such as `augment.mixup`, which
            must be given `axis_name="batch"`; or None.
        standardize: What takes the place of `mean` and `std`, a pure function of images
            such as `augment.normalize_contrast`; or None.
        prepare: Prepares the data set in `data_dir` from the files in `manual_dir`, if
            it is not there. None: tfds does, with TensorFlow.
        files: What `manual_dir` must hold, and where to get it. None: nothing, so that
            `prepare` runs whenever the data set is read.
        sizes: The number of examples in each split of the full set, where stated.
        splits: What tfds calls a split, or adds up to it, where its name differs.
        label: The feature that holds the label.
        relabel: What each label becomes; examples of the others are left out. None:
            all labels stay.
    """

    name: str
    num_classes: int
    shape: tuple[int, int, int] | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augment: Augment | None = None
    mix: Mix | None = None
    standardize: Callable[[jax.Array], jax.Array] | None = None
    prepare: Callable[[Folder, Folder], None] | None = None
    files: str | None = None
    sizes: Mapping[str, int] = dataclasses.field(default_factory=dict, hash=False)
    splits: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    label: str = "label"
    relabel: Mapping[int, int] | None = dataclasses.field(default=None, hash=False)

    def examples(self, split: str, data_dir: Folder = None) -> Examples:
        """Opens a split for random access, its images still encoded.

        Args:
            split: Its name, or parts of it in the words of tfds: `"train[:80%]"`.
            data_dir: The folder of all prepared data sets; None for that of tfds,
                `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.

        Returns:
            The examples, in the order they were prepared in.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If there is no such split, it is empty, or a file is truncated.
        """
        if self.prepare is not None and self.files is None:
            self.prepare(_prepared.root(data_dir), None)
        split = self.splits.get(split, split)
        source = _prepared.source(self.name, split, data_dir, self.files)
        places = None
        if self.relabel is not None:
            labels = _examples.labels(source, self.label)
            places = np.flatnonzero(np.isin(labels, [*self.relabel]))
            if not places.size:
                raise ValueError(f"{self.name} has none of the classes in {split}")
        return Examples(
            source, self.name, self.num_classes, self.label, self.relabel, places
        )

    def read(self, split: str, data_dir: Folder = None) -> Split:
        """Decodes a whole split into memory.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None for that of tfds.

        Returns:
            The split, in the order it was prepared in.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If the examples are not what the data set says, cannot be
                decoded, or have images of several sizes.
        """
        examples = self._classified(split, data_dir)
        streamed = self._streamed(examples, split, None, 0)
        images = np.empty(streamed.shape, np.uint8)
        labels = np.empty(len(examples), np.int32)
        for start in range(0, len(examples), CHUNK):
            chunk = range(start, min(start + CHUNK, len(examples)))
            for i, example in zip(chunk, examples.__getitems__(chunk), strict=True):
                images[i] = streamed.decoded(example, i)
                labels[i] = example["label"]
        return Split(images, labels)

    def stream(
        self,
        split: str,
        data_dir: Folder = None,
        *,
        crop: Crop | None = None,
        num_workers: int = 0,
    ) -> Split:
        """Opens a split whose images are decoded when a batch wants them.

        It goes wherever one in memory does, as into `train_batches`, and gives the same
        batches. Its labels are in memory; all files are read for them the first time.

        With worker processes, a script must start under `if __name__ == "__main__":`,
        as for any use of multiprocessing, and shared memory (`/dev/shm`) hold three
        batches for each.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None for that of tfds.
            crop: What brings images of several sizes to one. None: they have one.
            num_workers: Processes that decode; with 0, threads of this one do.

        Returns:
            The split, in the order it was prepared in.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If a label is out of range. That an image cannot be decoded, or
                is of another size, shows when a batch wants it.
        """
        _checks.count("num_workers", num_workers, low=0)
        examples = self._classified(split, data_dir)
        images = self._streamed(examples, split, crop, num_workers)
        return Split(images, examples.all_labels())

    def normalize(self, images: ArrayLike) -> jax.Array:
        """Centers and scales images, by the statistics of the training split.

        Args:
            images: uint8 `[..., height, width, channels]`.

        Returns:
            `(images / 255 - mean) / std`, or what `standardize` makes of the images, in
            float32, of the same shape.
        """
        if self.standardize is not None:
            return self.standardize(jnp.asarray(images))
        return normalize(images, mean=self.mean, std=self.std)

    def version(self, data_dir: Folder = None) -> str | None:
        """Returns the version that is prepared, or None if none is."""
        folder = _prepared.find(self.name, data_dir)
        return None if folder is None else folder.name

    def class_names(self, data_dir: Folder = None) -> tuple[str, ...]:
        """Returns the name of each class of a prepared data set."""
        folder = _prepared.find(self.name, data_dir)
        if folder is None:
            raise FileNotFoundError(
                f"{self.name} is not prepared in {_prepared.root(data_dir)}"
            )
        names = _prepared.class_names(folder, self.label)
        if self.relabel is None:
            return tuple(names)
        old_of = {new: old for old, new in self.relabel.items()}
        return tuple(names[old_of[new]] for new in range(self.num_classes))

    def _classified(self, split, data_dir):
        if not self.num_classes:
            raise ValueError(
                f"{self.name} has no classes, so there is no Split of images and "
                "labels; read it example by example from Dataset.examples"
            )
        return self.examples(split, data_dir)

    def _streamed(self, examples, split, crop, num_workers):
        channels = len(self.mean)
        if crop is not None:
            shape = (crop.size, crop.size, channels)
        elif self.shape is not None:
            shape = self.shape
        else:
            shape = decode(examples[0]["image"], channels).shape
        return Streamed(examples, split, shape, crop, num_workers)
