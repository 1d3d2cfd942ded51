"""The images of the runs: read once, kept while they are wanted, noise in a smoke run."""

import collections
from collections.abc import Callable, Iterator
import contextlib
import dataclasses
import pathlib
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import data
from experiments.command import DataError
from experiments.harness.evaluation import Tracklets
from experiments.harness.recipe import Data

SMOKE_BATCH = 16
SPLITS_IN_MEMORY = 4


class Labelled(NamedTuple):
    """The images of a split, with the labels trained with and those of the data set."""

    split: data.Split
    true_labels: np.ndarray

    def wrong(self) -> float:
        """Returns the share of labels that differ from those of the data set."""
        return float(np.mean(np.asarray(self.split.labels) != self.true_labels))


class Images:
    """Reads the images of data sets, and keeps the latest ones.

    Args:
        data_dir: The folder of the prepared data sets.
        devices: The devices that hold them; all by default.
        num_workers: The number of processes that decode streamed images.
        smoke: Whether images of noise stand for them.
    """

    def __init__(
        self,
        data_dir: pathlib.Path | None = None,
        *,
        devices: int | None = None,
        num_workers: int = 0,
        smoke: bool = False,
    ):
        self.data_dir, self.devices = data_dir, devices
        self.num_workers, self.smoke = num_workers, smoke
        self._kept: collections.OrderedDict[Any, Any] = collections.OrderedDict()

    def read(self, dataset: data.Dataset, name: str, crop: Any = None) -> data.Split:
        """Returns a split of a data set, on the devices unless it has a crop."""

        def read() -> data.Split:
            if self.smoke:
                return random_images(dataset, crop)
            with _data_errors():
                if crop is None:
                    split = dataset.read(name, self.data_dir)
                else:
                    split = dataset.stream(
                        name,
                        self.data_dir,
                        crop=crop,
                        num_workers=self.num_workers,
                    )
            return data.upload(split, devices=self.devices)

        return self._keep(("split", _key(dataset), name, repr(crop)), read)

    def parts(self, recipe: Data, crop: Any = None) -> tuple[Labelled, Labelled | None]:
        """Returns the images to train with and those that are held out, as they are read.

        Args:
            recipe: The images of a recipe.
            crop: The crop that images are decoded with; that of the recipe for None.
        """
        crop = recipe.crop if crop is None else crop
        held_out_size = (
            SMOKE_BATCH if self.smoke and recipe.hold_out else recipe.hold_out
        )

        def read() -> tuple[Labelled, Labelled | None]:
            split = self.read(recipe.dataset, recipe.split, crop)
            true_labels = np.asarray(split.labels)
            if recipe.dataset.true_label is not None and not self.smoke:
                true_labels = recipe.dataset.true_labels(recipe.split, self.data_dir)
            whole = Labelled(split, true_labels)
            if not held_out_size:
                return whole, None
            rows = data.Split(np.arange(len(true_labels)), np.asarray(split.labels))
            parts = data.hold_out(jax.random.key(0), rows, held_out_size)
            kept, held_out = (_rows(whole, np.asarray(part.images)) for part in parts)
            return kept, held_out

        key = "labelled", _key(recipe.dataset), recipe.split, repr(crop)
        return self._keep((*key, held_out_size), read)

    def shape(self, recipe: Data) -> tuple[int, ...]:
        """Returns the shape of an image that a run is trained with, before augmentation.

        The images are read only if neither the crop nor the data set has it.
        """
        dataset, crop = recipe.dataset, recipe.crop
        if crop is not None:
            return crop.shape(len(dataset.mean))
        if dataset.shape is not None:
            return dataset.shape
        return tuple(self.read(dataset, recipe.split).images.shape[1:])

    def pairs(self, pairs: data.Pairs, recipe: Data) -> data.PairSplit:
        """Returns the pairs of a verification set, for a network of a recipe."""
        if self.smoke:
            return random_pairs(recipe)
        with _data_errors():
            return pairs.read(self.data_dir)

    def tracklets(self, read: Tracklets, name: str, recipe: Data) -> data.TrackletSplit:
        """Returns the tracklets of `"query"` or `"gallery"`, for a network of a recipe."""
        if self.smoke:
            return random_tracklets(recipe, name)
        with _data_errors():
            return read(name, self.data_dir)

    def _keep(self, key: Any, read: Callable[[], Any]) -> Any:
        """Returns a split from memory, which holds the latest ones, or reads it."""
        if key not in self._kept:
            self._kept[key] = read()
        self._kept.move_to_end(key)
        while len(self._kept) > SPLITS_IN_MEMORY:
            self._kept.popitem(last=False)
        return self._kept[key]


def random_images(dataset: data.Dataset, crop: Any = None) -> data.Split:
    """Returns images of noise, of the shape of a data set or of a crop."""
    channels = len(dataset.mean)
    shape = dataset.shape or (64, 64, channels)
    if crop is not None:
        shape = crop.shape(channels)
    rng, n = np.random.default_rng(0), 4 * SMOKE_BATCH
    images = rng.integers(256, size=(n, *shape), dtype=np.uint8)
    labels = rng.integers(max(dataset.num_classes, 1), size=n, dtype=np.int32)
    return data.Split(images, labels)


def random_pairs(recipe: Data) -> data.PairSplit:
    """Returns forty pairs of images of noise, in ten folds."""
    images = np.asarray(random_images(recipe.dataset, recipe.crop).images)
    items = np.arange(len(images), dtype=np.int32)
    rng = np.random.default_rng(0)
    first, second = rng.integers(len(images), size=(2, 40), dtype=np.int32)
    return data.PairSplit(images, items, first, second, np.arange(40) % 4 < 2)


def random_tracklets(recipe: Data, name: str) -> data.TrackletSplit:
    """Returns tracklets of two images of noise, of eight people.

    The queries are of one camera, the gallery of another.
    """
    images: Any = random_images(recipe.dataset, recipe.crop).images
    items = np.arange(len(images), dtype=np.int32) // 2
    person = np.arange(len(images) // 2, dtype=np.int32) % 8 + 1
    camera = np.full_like(person, 1 if name == "query" else 2)
    return data.TrackletSplit(images, items, person, camera)


@contextlib.contextmanager
def _data_errors() -> Iterator[None]:
    """Raises a `DataError` if a data set is not prepared or cannot be read."""
    try:
        yield
    except (FileNotFoundError, ValueError) as error:
        raise DataError(str(error)) from error


def _rows(labelled: Labelled, rows: np.ndarray) -> Labelled:
    split = labelled.split
    kept = data.Split(split.images[rows], np.asarray(split.labels)[rows])
    return Labelled(kept, labelled.true_labels[rows])


def _key(dataset: data.Dataset) -> str:
    """Returns what decides the images and labels of a data set."""
    return repr(
        dataclasses.replace(
            dataset, augment=None, mix=None, standardize=None, files=None, sizes={}
        )
    )
