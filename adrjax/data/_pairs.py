"""Verification sets: images or videos, and pairs of them."""

from collections.abc import Callable, Mapping
import dataclasses
import io
from typing import Any, ClassVar, NamedTuple, SupportsIndex

import numpy as np

from adrjax import _checks
from adrjax.data import _prepare, _prepared
from adrjax.data._prepared import Folder


class PairSplit(NamedTuple):
    """The images of all pairs, each once.

    A pair is of two items. An item is an image, or a video of several images. Compute
    features of the images, sum them over each item, and compare the sums of each pair:

        sums = jax.ops.segment_sum(features, pairs.items)
        similarities = metrics.cosine_similarity(sums[pairs.first], sums[pairs.second])
        accuracy, std = metrics.verification_accuracy(similarities, pairs.same)

    `Split(pairs.images, pairs.items)` can be passed to `eval_batches`.

    Attributes:
        images: uint8 RGB `[images, height, width, 3]`.
        items: The item of each image, int32 `[images]`, from 0 up.
        first: The first item of each pair, int32 `[pairs]`.
        second: The second item of each pair, int32 `[pairs]`.
        same: Whether both are of one person, bool `[pairs]`. The folds of the protocol
            have one size and follow one another.
    """

    images: np.ndarray
    items: np.ndarray
    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


@dataclasses.dataclass(frozen=True)
class PairExamples:
    """Pairs of a verification set by index.

    A pair is a dict of `first` and `second`, the bytes of an image file (of a video,
    the middle frame), and of `label`, `"same"` or `"different"`.

    Attributes:
        source: The tfds data source of the images.
    """

    source: Any

    def __len__(self) -> int:
        """Returns the number of pairs."""
        return len(self.source.dataset_info.metadata["same"])

    def __getitem__(self, place: SupportsIndex) -> dict[str, Any]:
        """Returns one pair."""
        table = self.source.dataset_info.metadata
        ends = np.cumsum(table["sizes"])

        def image(item: int) -> bytes:
            middle = ends[item] - 1 - table["sizes"][item] // 2
            return self.source[int(middle)]["image"]

        return {
            "first": image(table["first"][place]),
            "second": image(table["second"][place]),
            "label": "same" if table["same"][place] else "different",
        }


@dataclasses.dataclass(frozen=True)
class Pairs:
    """A verification set: pairs of images or of videos, of one person or of two.

    Attributes:
        name: The name in tfds.
        num_pairs: The number of pairs, in ten folds.
        shape: Height, width and channels of every image that is read; None if the files
            decide.
        builder: The tfds builder that `prepare` runs, as `"module:Class"`; tfds is
            imported only then.
        files: The files that `prepare` needs in `manual_dir`, and where to get them.
        crop: A function that crops the face from an image, uint8 `[height, width, 3]`,
            and scales it to one size; None if the images are cropped.
        frames: The number of images of a video that are read, spaced evenly; None means
            all.
    """

    name: str
    num_pairs: int
    shape: tuple[int, int, int] | None
    builder: str
    files: str
    crop: Callable[[np.ndarray], np.ndarray] | None = None
    frames: int | None = None

    num_classes: ClassVar[int] = 0  # as a Dataset without labels has
    splits: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        if self.frames is not None:
            _checks.count("frames", self.frames, low=1)

    @property
    def sizes(self) -> dict[str, int]:
        """The number of pairs in the only split."""
        return {"test": self.num_pairs}

    def prepare(self, data_dir: Folder = None, manual_dir: Folder = None) -> None:
        """Writes the set to disk in a form that is read without TensorFlow.

        Does nothing if it is there. `python -m adrjax.data NAME` calls this.

        Args:
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds, `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.
            manual_dir: The folder of the files as they are distributed; see `files`.

        Raises:
            FileNotFoundError: If a file that the builder needs is missing.
            ValueError: If a file is damaged or is not the expected one.
            OSError: If the images cannot be written, as on a full disk.
        """
        _prepare.prepare(self.name, self.builder, self.files, data_dir, manual_dir)

    def examples(self, split: str, data_dir: Folder = None) -> PairExamples:
        """Opens the pairs for random access, to look at them.

        Args:
            split: `"test"`, the only split.
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds.

        Returns:
            The pairs, in the order of the protocol.

        Raises:
            FileNotFoundError: If the set is not prepared there.
            ValueError: If a file is damaged.
        """
        return PairExamples(self._source(split, data_dir))

    def read(self, data_dir: Folder = None) -> PairSplit:
        """Decodes the images of all pairs into memory.

        Args:
            data_dir: The folder of all prepared data sets; None means the folder of
                tfds, `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.

        Returns:
            The images and the pairs, in the order of the protocol.

        Raises:
            FileNotFoundError: If the set is not prepared there.
            ValueError: If a file is damaged, or the images do not have one shape, or
                not `shape`.
        """
        source = self._source("test", data_dir)
        table = source.dataset_info.metadata
        ends = np.cumsum(table["sizes"])
        videos = np.split(np.arange(ends[-1]), ends[:-1])
        videos = [places[_evenly(len(places), self.frames)] for places in videos]
        places = np.concatenate(videos).tolist()
        shape = self._image(source, places[0], self.shape).shape
        images = np.empty((len(places), *shape), np.uint8)
        for i, place in enumerate(places):
            images[i] = self._image(source, place, shape)
        return PairSplit(
            images=images,
            items=np.repeat(np.arange(len(ends), dtype=np.int32), [*map(len, videos)]),
            first=np.array(table["first"], np.int32),
            second=np.array(table["second"], np.int32),
            same=np.array(table["same"], bool),
        )

    def _source(self, split: str, data_dir: Folder) -> Any:
        source = _prepared.source(self.name, split, data_dir, self.files)
        table = source.dataset_info.metadata or {}
        if sum(table.get("sizes", ())) != len(source):
            raise ValueError(
                f"{self.name} in {_prepared.root(data_dir)} has {len(source)} images, "
                "but its metadata.json does not describe them\nRemove its folder and "
                "prepare the data set again."
            )
        return source

    def _image(
        self, source: Any, place: int, shape: tuple[int, ...] | None
    ) -> np.ndarray:
        from PIL import Image

        image = Image.open(io.BytesIO(source[place]["image"])).convert("RGB")
        pixels = np.asarray(image)
        pixels = pixels if self.crop is None else self.crop(pixels)
        if shape is not None and pixels.shape != shape:
            raise ValueError(
                f"images of {self.name} must all have the shape {shape}, got "
                f"{pixels.shape}; pass a crop that gives them one size"
            )
        return pixels


def _evenly(n: int, frames: int | None) -> np.ndarray:
    """Returns the middles of `frames` equal parts of `0..n - 1`."""
    frames = n if frames is None else min(n, frames)
    return (2 * np.arange(frames) + 1) * n // (2 * frames)
