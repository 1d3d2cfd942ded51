"""The images of a run, as its evaluations ask for them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from adrjax import data, train
from experiments.harness.evaluation import Tracklets
from experiments.harness.images import Labelled
from experiments.harness.run import Run

if TYPE_CHECKING:
    from experiments.harness.runner import Runner


@dataclasses.dataclass(frozen=True)
class RunSplits:
    """The splits of a run's data set and of others, and the labels of each."""

    runner: Runner
    run: Run

    def split(self, name: str, crop: Any = None) -> data.Split:
        """Returns a split of the recipe's data set."""
        if name in ("train", "held-out"):
            return self._labelled(name, crop).split
        return self.runner.images.read(self.run.recipe.data.dataset, name, crop)

    def true_labels(self, name: str, crop: Any = None) -> np.ndarray:
        """Returns the labels of the data set for the images of a split."""
        if name in ("train", "held-out"):
            return self._labelled(name, crop).true_labels
        return np.asarray(self.split(name, crop).labels)

    def dataset(self, dataset: data.Dataset, name: str, crop: Any = None) -> data.Split:
        """Returns a split of another data set."""
        return self.runner.images.read(dataset, name, crop)

    def pairs(self, pairs: data.Pairs) -> data.PairSplit:
        """Returns the pairs of a verification set."""
        return self.runner.images.pairs(pairs, self.run.recipe.data)

    def tracklets(self, read: Tracklets, name: str) -> data.TrackletSplit:
        """Returns the tracklets of the split `"query"` or `"gallery"`."""
        return self.runner.images.tracklets(read, name, self.run.recipe.data)

    def _labelled(self, name: str, crop: Any) -> Labelled:
        trained, held_out = self.runner.labelled(self.run, crop=crop)
        found = trained if name == "train" else held_out
        if found is None:
            raise train.ArgumentError(
                f"{self.run.recipe.name} holds out no images, so it has no split "
                "'held-out'; set Data.hold_out"
            )
        return found
