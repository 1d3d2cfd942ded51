"""Data sets of images: reading, augmentation and normalization."""

from collections.abc import Callable, Mapping
import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.data import _prepare, _prepared
from adrjax.data._clips import ClipCrop
from adrjax.data._decode import Crop
from adrjax.data._decoded import all_images
from adrjax.data._examples import Examples, labels_of
from adrjax.data._prepared import Folder
from adrjax.data._streamed import Streamed, open_images
from adrjax.data.augment import normalize

Augment = Callable[[jax.Array, jax.Array], jax.Array]
Mix = Callable[[jax.Array, jax.Array, jax.Array], tuple[jax.Array, jax.Array]]


class Split(NamedTuple):
    """The images and the labels of a split.

    `split._replace(labels=noisy)` is the split with other labels.

    Attributes:
        images: uint8 `[n, height, width, channels]`, or from `Dataset.stream` an object
            of this shape that decodes images when a batch needs them.
        labels: int32 `[n]`.
    """

    images: np.ndarray | jax.Array | Streamed
    labels: np.ndarray | jax.Array


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A data set of labelled images that tensorflow-datasets (tfds) reads.

    It holds no images: `read` loads a split into memory, `stream` decodes it batch by
    batch, `prepare` writes it to disk once. `dataclasses.replace` makes variants.

    Attributes:
        name: The name in tfds, with the configuration if there are several.
        num_classes: The number of classes; 0 if the examples have no classes.
        shape: Height, width and channels of every image; None if sizes differ.
        mean: The mean of each channel over the training images, with white as 1.
        std: The standard deviation of each channel, with white as 1.
        augment: The augmentation of one uint8 image in training, a pure function of
            `(key, image)`, or None. If it returns several views of the image,
            `[v, height, width, channels]`, each becomes an example with its label.
        mix: The augmentation of a batch in training, after normalization: a pure
            function of `(key, images, labels)` such as `augment.mixup` with
            `axis_name="batch"`, or None.
        standardize: A pure function of images that replaces the normalization by `mean`
            and `std`, such as `augment.normalize_contrast`, or None.
        builder: The tfds builder that `prepare` runs, as `"module:Class"`; tfds is
            imported only then. None means the builder in tfds.
        files: The files that `prepare` needs in `manual_dir`, and where to get them.
            None means no files; a data set with a `builder` is then prepared when it is
            first read.
        sizes: The number of examples in each split of the full set, if known.
        splits: The name in tfds of each split whose name differs, or a sum of names.
        label: The feature that holds the label.
        true_label: The feature that holds the true label, if labels of `label` may be
            wrong; see `true_labels`. None means that `label` holds it.
        relabel: The new label of each kept class; examples of other classes are left
            out. None keeps all labels.
    """

    name: str
    num_classes: int
    shape: tuple[int, int, int] | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    augment: Augment | None = None
    mix: Mix | None = None
    standardize: Callable[[jax.Array], jax.Array] | None = None
    builder: str | None = None
    files: str | None = None
    sizes: Mapping[str, int] = dataclasses.field(default_factory=dict, hash=False)
    splits: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    label: str = "label"
    true_label: str | None = None
    relabel: Mapping[int, int] | None = dataclasses.field(default=None, hash=False)

    def __post_init__(self) -> None:
        _checks.count("num_classes", self.num_classes, low=0)
        channels = {len(self.mean), len(self.std), *(self.shape or ())[2:]}
        if len(channels) != 1:
            raise ValueError(
                f"mean and std of {self.name} must have one number a channel, got "
                f"{self.mean} and {self.std} for images of shape {self.shape}"
            )
        if not all(0 < std < math.inf for std in self.std):
            raise ValueError(f"std of {self.name} must be positive, got {self.std}")

    def prepare(self, data_dir: Folder = None, manual_dir: Folder = None) -> None:
        """Writes the data set to disk in a form that is read without TensorFlow.

        Does nothing if it is there. `python -m adrjax.data NAME` calls this.

        Args:
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds, `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.
            manual_dir: The folder of the files as they are distributed; see `files`.

        Raises:
            FileNotFoundError: If a file that the builder needs is missing.
            ModuleNotFoundError: If the builder is in tfds and TensorFlow is missing.
            ConnectionError: If an archive cannot be downloaded.
            ValueError: If a file is damaged or is not the expected one.
            OSError: If the examples cannot be written, as on a full disk.
        """
        _prepare.prepare(self.name, self.builder, self.files, data_dir, manual_dir)

    def examples(self, split: str, data_dir: Folder = None) -> Examples:
        """Opens a split for random access, with encoded images.

        Args:
            split: Its name, or slices of it as tfds writes them: `"train[:80%]"`.
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds, `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.

        Returns:
            The examples, in the order in which they were prepared.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If there is no such split, it is empty, or a file is damaged.
        """
        if self.builder is not None and self.files is None:
            self.prepare(data_dir)
        split = self.splits.get(split, split)
        source = _prepared.source(self.name, split, data_dir, self.files)
        places = None
        if self.relabel is not None:
            labels = labels_of(source, self.label)
            places = np.flatnonzero(np.isin(labels, [*self.relabel]))
            if not places.size:
                raise ValueError(
                    f"{self.name} has no examples of the kept classes in the split "
                    f"{split}"
                )
        return Examples(
            source, self.name, self.num_classes, self.label, self.relabel, places
        )

    def read(self, split: str, data_dir: Folder = None) -> Split:
        """Decodes a whole split into memory.

        The first time, the decoded images are written beside the prepared data, from
        where they are read ten times faster.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds.

        Returns:
            The split, in the order in which it was prepared.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If an image cannot be decoded, the images differ in size or a
                label is out of range.
        """
        examples = self._classified(split, data_dir)
        streamed = open_images(examples, split, self.shape, len(self.mean))
        return Split(all_images(streamed), examples.all_labels())

    def stream(
        self,
        split: str,
        data_dir: Folder = None,
        *,
        crop: Crop | ClipCrop | None = None,
        num_workers: int = 0,
    ) -> Split:
        """Opens a split whose images are decoded when a batch needs them.

        It can be used in place of a split in memory, as in `train_batches`, and gives
        the same batches. Its labels are in memory; the first time, all files are read
        for them.

        With worker processes, a script must start under `if __name__ == "__main__":`,
        as for any use of multiprocessing, and shared memory (`/dev/shm`) must hold
        three batches for each worker.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds.
            crop: The crop that gives images of several sizes one size: `CenterCrop`,
                `RandomResizedCrop`, `Squash` or `SquashRandomCrop`; of clips
                `MiddleClip` or `RandomClip`. None if all images have one size.
            num_workers: The number of processes that decode; 0 decodes in threads of
                this process.

        Returns:
            The split, in the order in which it was prepared.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If a label is out of range. An image that cannot be decoded or
                has another size raises when a batch needs it.
        """
        _checks.count("num_workers", num_workers, low=0)
        examples = self._classified(split, data_dir)
        images = open_images(
            examples, split, self.shape, len(self.mean), crop, num_workers
        )
        return Split(images, examples.all_labels())

    def true_labels(self, split: str, data_dir: Folder = None) -> np.ndarray:
        """Returns the true label of each example; the labels of `read` may be wrong.

        They give the noise rate of a data set such as CIFAR-10N, and how well a network
        fits its intact and its corrupted labels (`metrics.fitting`). No image is
        decoded.

        Args:
            split: Its name.
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds.

        Returns:
            int32 `[n]`, in the order of `read` and `stream`: the labels themselves if
            `true_label` is None. With `relabel`, the new labels, and -1 if the true
            class is not a kept one.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
            ValueError: If the data set has no classes or a label is out of range.
        """
        examples = self._classified(split, data_dir)
        if self.true_label is None:
            return examples.all_labels()
        return examples.all_true_labels(self.true_label)

    def normalize(self, images: ArrayLike) -> jax.Array:
        """Centers and scales images by the statistics of the training split.

        Args:
            images: uint8 `[..., height, width, channels]`.

        Returns:
            `(images / 255 - mean) / std`, or `standardize(images)` if it is set, in
            float32, of the same shape.
        """
        if self.standardize is not None:
            return self.standardize(jnp.asarray(images))
        return normalize(images, mean=self.mean, std=self.std)

    def version(self, data_dir: Folder = None) -> str | None:
        """Returns the version that is prepared, or None."""
        folder = _prepared.find(self.name, data_dir)
        return None if folder is None else folder.name

    def class_names(self, data_dir: Folder = None) -> tuple[str, ...]:
        """Returns the name of each class of a prepared data set.

        Raises:
            FileNotFoundError: If the data set is not prepared there.
        """
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

    def _classified(self, split: str, data_dir: Folder) -> Examples:
        if not self.num_classes:
            raise ValueError(
                f"{self.name} has no classes, so it cannot be read as a Split of "
                "images and labels; read its examples one by one with Dataset.examples"
            )
        return self.examples(split, data_dir)
