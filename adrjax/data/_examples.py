"""Random access to the examples of a split."""

from collections.abc import Mapping, Sequence
import dataclasses
import itertools
import os
from typing import Any, SupportsIndex

import numpy as np

from adrjax.data._records import labels, shards


def labels_of(source: Any, feature: str) -> np.ndarray:
    """Returns the labels of a tfds data source, before they are renumbered.

    The test images of CIFAR-N have clean labels only; where another feature is -1, it
    is replaced by `label`.
    """
    found = labels(source, feature)
    if feature == "label" or not (found == -1).any():
        return found
    return np.where(found == -1, labels(source, "label"), found)


@dataclasses.dataclass(frozen=True)
class Examples:
    """Examples of a split by index: a source for grain and a data set for torch.

    An example is a dict of the features in tfds, with images as the bytes of their
    files. If the data set has classes, `label` is an int32 in `0..num_classes - 1`.

    Attributes:
        source: The tfds data source.
        name: The name of the data set in tfds.
        num_classes: The number of classes; 0 leaves `label` unchanged.
        label: The feature that becomes `label`.
        relabel: The new label of each kept class, or None for all classes.
        places: The indices of the kept examples in `source`, or None for all.
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
        """Returns several examples with one read.

        Raises:
            ValueError: If a file is corrupt or a label is out of range.
        """
        if self.places is not None:
            places = self.places[np.asarray(places, int)].tolist()
        try:
            examples = self.source.__getitems__(places)
        except RuntimeError as error:
            raise ValueError(
                f"{self._corrupt_file(places)} cannot be read: {error}\n"
                "Remove its folder and prepare the data set again."
            ) from error
        return [self._labelled(example) for example in examples]

    def all_labels(self) -> np.ndarray:
        """Returns the label of every example, int32 `[n]`, without decoding images.

        Raises:
            ValueError: If a label is out of range.
        """
        return self._renumbered(self._kept_of(self.label))

    def all_true_labels(self, feature: str) -> np.ndarray:
        """Returns the label of every example in another feature, int32 `[n]`.

        It is -1 if the examples of this class are left out.

        Raises:
            ValueError: If a label is out of range.
        """
        found = self._kept_of(feature)
        is_kept = np.ones(len(found), bool)
        if self.relabel is not None:
            is_kept = np.isin(found, [*self.relabel])
        numbers = np.full(len(found), -1, np.int32)
        numbers[is_kept] = self._renumbered(found[is_kept])
        return numbers

    def _labelled(self, example: dict[str, Any]) -> dict[str, Any]:
        if not self.num_classes:
            return example
        label = example[self.label]
        if label == -1 and self.label != "label":
            label = example["label"]  # as labels_of
        return {**example, "label": self._renumbered(np.array([label]))[0]}

    def _kept_of(self, feature: str) -> np.ndarray:
        found = labels_of(self.source, feature)
        return found if self.places is None else found[self.places]

    def _renumbered(self, found: np.ndarray) -> np.ndarray:
        if self.relabel is not None:
            found = np.array([self.relabel[label] for label in found.tolist()])
        wrong = found[(found < 0) | (found >= self.num_classes)]
        if wrong.size:
            raise ValueError(
                f"labels of {self.name} must lie in 0..{self.num_classes - 1}, got "
                f"{wrong[0]}; num_classes of the Dataset must be the number of classes"
            )
        return found.astype(np.int32)

    def _corrupt_file(self, places: Sequence[int]) -> str:
        files = shards(self.source)
        ends = list(itertools.accumulate(file.take for file in files))
        for place in places:
            try:
                self.source[place]
            except RuntimeError:
                return files[np.searchsorted(ends, place, side="right")].filename
        return f"{self.name} in {os.path.dirname(files[0].filename)}"
