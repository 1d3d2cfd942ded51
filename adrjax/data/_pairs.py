"""What a verification set is: images, and pairs of them."""

from collections.abc import Callable, Mapping
import dataclasses
import io
import os
from typing import Any, ClassVar, NamedTuple, SupportsIndex

import numpy as np

from adrjax.data import _prepared


class PairSplit(NamedTuple):
    """The images of all pairs, each once.

    An item is what a pair is of: an image, or a video of several images. Embed the
    images, add up the features of each item, and compare the sums of each pair:

        sums = jax.ops.segment_sum(features, pairs.items)
        similarities = metrics.cosine_similarity(sums[pairs.first], sums[pairs.second])
        accuracy, std = metrics.verification_accuracy(similarities, pairs.same)

    `Split(pairs.images, pairs.items)` goes through `eval_batches`.

    Attributes:
        images: uint8 RGB `[images, height, width, 3]`.
        items: The item of each image, int32 `[images]`, from 0 up.
        first: The first item of each pair, int32 `[pairs]`.
        second: The second item of each pair, int32 `[pairs]`.
        same: Whether both are of one person, bool `[pairs]`; the folds of the protocol
            are of one size and follow one another.
    """

    images: np.ndarray
    items: np.ndarray
    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


@dataclasses.dataclass(frozen=True)
class PairExamples:
    """The pairs of a verification set by their place.

    A pair is a dict of `first` and `second`, the bytes of an image file, of a video the
    frame in the middle, and of `label`, which is `"same"` or `"different"`.

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

        def image(item):
            middle = ends[item] - 1 - table["sizes"][item] // 2
            return self.source[int(middle)]["image"]

        return {
            "first": image(table["first"][place]),
            "second": image(table["second"][place]),
            "label": "same" if table["same"][place] else "different",
        }


@dataclasses.dataclass(frozen=True)
class Pairs:
    """A verification set, of pairs of images or of videos.

    Attributes:
        name: Its name in tfds.
        num_pairs: The number of pairs, in ten folds.
        shape: Height, width and channels of every image that is read; None where the
            files decide.
        prepare: Prepares it in `data_dir` from the files in `manual_dir`.
        files: What `manual_dir` must hold, and where to get it.
        crop: Cuts the face out of an image, uint8 `[height, width, 3]`, and brings it
            to one size; None where the images are that already.
        frames: How many images of a video are read, spaced evenly; None for all.
    """

    name: str
    num_pairs: int
    shape: tuple[int, int, int] | None
    prepare: Callable[[str | os.PathLike | None, str | os.PathLike | None], None]
    files: str
    crop: Callable[[np.ndarray], np.ndarray] | None = None
    frames: int | None = None

    num_classes: ClassVar[int] = 0  # as for a Dataset without labels
    splits: ClassVar[Mapping[str, str]] = {}

    @property
    def sizes(self) -> dict[str, int]:
        """The number of pairs in the only split."""
        return {"test": self.num_pairs}

    def examples(
        self, split: str, data_dir: str | os.PathLike | None = None
    ) -> "PairExamples":
        """Opens the pairs for random access, to look at them.

        Args:
            split: `"test"`, the only one.
            data_dir: The folder of all prepared data sets; None for that of tfds.

        Returns:
            The pairs, in the order of the protocol.

        Raises:
            FileNotFoundError: If the set is not prepared there.
        """
        return PairExamples(_prepared.source(self.name, split, data_dir))

    def read(self, data_dir: str | os.PathLike | None = None) -> PairSplit:
        """Decodes the images of all pairs into memory.

        Args:
            data_dir: The folder of all prepared data sets; None for that of tfds,
                `$TFDS_DATA_DIR` or `~/tensorflow_datasets`.

        Returns:
            The images and the pairs, in the order of the protocol.

        Raises:
            FileNotFoundError: If the set is not prepared there.
            ValueError: If the images are not of one shape, or not of `shape`.
        """
        source = _prepared.source(self.name, "test", data_dir)
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

    def _image(self, source, place, shape):
        from PIL import Image

        image = Image.open(io.BytesIO(source[place]["image"])).convert("RGB")
        pixels = np.asarray(image)
        pixels = pixels if self.crop is None else self.crop(pixels)
        if shape is not None and pixels.shape != shape:
            raise ValueError(
                f"{self.name} has an image of shape {pixels.shape}, wanted {shape} as "
                "of the others; a crop brings all to one size"
            )
        return pixels


def _evenly(n: int, wanted: int | None) -> np.ndarray:
    """Returns places spaced evenly in `0..n - 1`, the middles of as many parts."""
    wanted = n if wanted is None else min(n, wanted)
    return (2 * np.arange(wanted) + 1) * n // (2 * wanted)
