"""The examples of a split by their place, for whatever reads them."""

from collections.abc import Mapping, Sequence
import dataclasses
import itertools
import os
import pathlib
from typing import Any, SupportsIndex

import numpy as np


@dataclasses.dataclass(frozen=True)
class Examples:
    """Random access to the examples of a split, as grain and torch want a source.

    An example is a dict of what tfds holds, its images as the bytes of their files.
    Where a data set has classes, `label` is an int32 in `0..num_classes - 1`.

    Attributes:
        source: The tfds data source.
        name: The data set's name in tfds.
        num_classes: The number of classes; 0 leaves `label` as it is.
        label: The feature that becomes `label`.
        relabel: What each label becomes, or None; the others are left out.
        places: Those of the examples that are not left out, or None for all.
    """

    source: Any
    name: str
    num_classes: int
    label: str
    relabel: Mapping[int, int] | None
    places: np.ndarray | None

    def __len__(self) -> int:
        """Returns the number of examples."""
        return len(self.source if self.places is None else self.places)

    def __getitem__(self, place: SupportsIndex) -> dict[str, Any]:
        """Returns one example."""
        return self.__getitems__([range(len(self))[place]])[0]

    def __getitems__(self, places: Sequence[int]) -> list[dict[str, Any]]:
        """Returns several examples, read at once.

        Raises:
            ValueError: If a file is corrupt, which it names, or a label is out of
                range.
        """
        if self.places is not None:
            places = self.places[np.asarray(places, int)].tolist()
        try:
            examples = self.source.__getitems__(places)
        except RuntimeError as error:
            raise ValueError(
                f"{self._corrupt(places)} cannot be read: {error}\n"
                "Remove its folder and prepare the data set again."
            ) from error
        return [self._labelled(example) for example in examples]

    def all_labels(self) -> np.ndarray:
        """Returns the label of every example, int32, without reading the images again.

        Raises:
            ValueError: If a label is out of range.
        """
        found = labels(self.source, self.label)
        if (found == -1).any() and self.label != "label":
            found = np.where(found == -1, labels(self.source, "label"), found)
        return self._renumbered(found if self.places is None else found[self.places])

    def _labelled(self, example):
        if not self.num_classes:
            return example
        label = example[self.label]
        if label == -1 and self.label != "label":
            label = example["label"]  # nobody relabelled the test images of CIFAR-N
        return {**example, "label": self._renumbered(np.array([label]))[0]}

    def _renumbered(self, found):
        if self.relabel is not None:
            found = np.array([self.relabel[label] for label in found.tolist()])
        wrong = found[(found < 0) | (found >= self.num_classes)]
        if wrong.size:
            raise ValueError(
                f"{self.name} has the label {wrong[0]}, wanted integers in "
                f"0..{self.num_classes - 1}; a Dataset states its num_classes"
            )
        return found.astype(np.int32)

    def _corrupt(self, places):
        shards = _shards(self.source)
        ends = list(itertools.accumulate(shard.take for shard in shards))
        for place in places:
            try:
                self.source[place]
            except RuntimeError:
                return shards[np.searchsorted(ends, place, side="right")].filename
        return f"{self.name} in {os.path.dirname(shards[0].filename)}"


def check_whole(source: Any) -> None:
    """Checks that the files of a tfds data source have all their records.

    Raises:
        FileNotFoundError: If one is not there.
        ValueError: If one is truncated.
    """
    from array_record.python.array_record_module import ArrayRecordReader

    for shard in _shards(source):
        if not os.path.exists(shard.filename):
            raise FileNotFoundError(
                f"{shard.filename} is not there\nRemove its folder and prepare the "
                "data set again."
            )
        try:
            records = ArrayRecordReader(str(shard.filename)).num_records()
        except (RuntimeError, ValueError) as error:
            records = error
        if records != shard.examples_in_shard:
            raise ValueError(
                f"{shard.filename} is truncated: wanted {shard.examples_in_shard} "
                f"records, got {records}\nRemove its folder and prepare the data set "
                "again."
            )


def labels(source: Any, feature: str) -> np.ndarray:
    """Returns the labels of a tfds data source, without decoding anything else.

    Those of a file are kept beside it, so that the next process need not read it.
    """
    shards = [
        _shard_labels(shard.filename, feature, source.dataset_info.features)[
            shard.skip : shard.skip + shard.take
        ]
        for shard in _shards(source)
    ]
    return np.concatenate([np.empty(0, np.int64), *shards])


def _shards(source):
    return source.dataset_info.splits[source.split].file_instructions


def _shard_labels(filename, feature, features):
    from array_record.python.array_record_module import ArrayRecordReader
    import tensorflow_datasets as tfds

    kept = pathlib.Path(f"{filename}.{feature}.npy")
    if kept.exists():
        return np.load(kept)
    only: Any = tfds.features.FeaturesDict({feature: features[feature]})
    found = np.array(
        [
            only.deserialize_example_np(record)[feature]
            for record in ArrayRecordReader(str(filename)).read_all()
        ],
        np.int64,
    )
    partial = kept.with_suffix(f".{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            np.save(file, found)
        partial.replace(kept)
    except OSError:  # a folder that others own, or a full disk: read again next time
        partial.unlink(missing_ok=True)
    return found
