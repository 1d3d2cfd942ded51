"""What a network is measured by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import dataclasses
from typing import Any, Literal, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import data, train


class Measured(NamedTuple):
    """The outputs of a network for some examples, inside a compiled function.

    Attributes:
        outputs: The outputs of the network, `[b, ...]` each.
        labels: The labels, of training images those trained with, `[b]`.
        true_labels: The labels of the data set, `[b]`.
        loss: Maps outputs and labels to the training loss of each example.
    """

    outputs: Any
    labels: jax.Array
    true_labels: jax.Array
    loss: Callable[[Any, jax.Array], jax.Array]


def mean(values: np.ndarray) -> float:
    """Returns the mean of one number an example."""
    return float(np.mean(values, dtype=np.float64))


@dataclasses.dataclass(frozen=True)
class Metric:
    """A number that is computed from an array or two of one number an example.

    Attributes:
        of: Maps `Measured` to arrays with one row an example.
        reduce: Maps the arrays of all examples to the number.
        scale: A factor of the number, 100 for per cent.
        digits: The digits after the point that are printed.
        unit: The unit, for the footnote.
        better: Whether higher or lower is better; None if neither is.
    """

    of: Callable[[Measured], Any]
    reduce: Callable[[Any], float] = mean
    scale: float = 1.0
    digits: int = 2
    unit: str = ""
    better: Literal["higher", "lower"] | None = "higher"

    def number(self, values: Any) -> float:
        """Returns the number of all examples."""
        return self.scale * self.reduce(values)


def features_of(measured: Any) -> jax.Array:
    """Returns the features of each example."""
    return measured.outputs.features


Tracklets = Callable[[str, Any], data.TrackletSplit]  # of a split and the data folder


class Splits(Protocol):
    """The images that an evaluation can ask for."""

    def split(self, name: str, crop: Any = None) -> data.Split:
        """Returns a split of the recipe's data set.

        `"train"` has the labels trained with, `"held-out"` the held-out images; both have
        the crop of the recipe if none is given.
        """
        ...

    def true_labels(self, name: str, crop: Any = None) -> np.ndarray:
        """Returns the labels of the data set for the images of a split."""
        ...

    def dataset(self, dataset: data.Dataset, name: str, crop: Any = None) -> data.Split:
        """Returns a split of another data set."""
        ...

    def pairs(self, pairs: data.Pairs) -> data.PairSplit:
        """Returns the pairs of a verification set."""
        ...

    def tracklets(self, read: Tracklets, name: str) -> data.TrackletSplit:
        """Returns the tracklets of the split `"query"` or `"gallery"`."""
        ...


class Evaluation(Protocol):
    """What a network is measured by, on images of its own."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The numbers it returns, by name."""
        ...

    @property
    def at_end(self) -> bool:
        """Whether it is made once, of the last network, and not at every record."""
        ...

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the numbers of a network."""
        ...


@dataclasses.dataclass(frozen=True)
class Classification:
    """Classification of a split, counted a batch at a time.

    Attributes:
        metrics: The numbers, by name.
        split: The split: `"test"`, `"train"` with the labels trained with, `"held-out"`, or
            any split of the data set.
        dataset: Another data set with the same classes; the recipe's by default.
        crop: The crop that images are decoded with; None reads images of one size, and
            images of the training split with the crop of the recipe.
        views: The views of each image whose outputs are averaged, such as ten crops.
        at_end: Whether it is made once, of the last network, and not at every record.
    """

    metrics: Mapping[str, Metric]
    split: str = "test"
    dataset: data.Dataset | None = None
    crop: Any = None
    views: train.Views | None = None
    at_end: bool = False

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the numbers of a network."""
        if self.dataset is None:
            split = splits.split(self.split, self.crop)
            true_labels = splits.true_labels(self.split, self.crop)
        else:
            split = splits.dataset(self.dataset, self.split, self.crop)
            true_labels = split.labels
        both = np.stack([np.asarray(split.labels), np.asarray(true_labels)], axis=-1)
        values = network.map(
            _OfEach(tuple(self.metrics.values())),
            split._replace(labels=both.astype(np.int32)),
            views=self.views,
        )
        return {
            name: metric.number(value)
            for (name, metric), value in zip(self.metrics.items(), values, strict=True)
        }


class _OfEach(NamedTuple):
    """The values of several metrics; equal ones are compiled once."""

    metrics: tuple[Metric, ...]

    def __call__(self, examples: train.Examples) -> list[Any]:
        labels, true_labels = jnp.moveaxis(examples.labels, -1, 0)
        measured = Measured(examples.outputs, labels, true_labels, examples.loss)
        return [metric.of(measured) for metric in self.metrics]


@dataclasses.dataclass(frozen=True)
class Features:
    """Numbers that are computed from the predictions for several splits at once.

    Attributes:
        measure: Maps the predictions for each split to the numbers, by name.
        metrics: The numbers, by name.
        splits: The splits, in the order of the arguments of `measure`.
        crop: The crop that images are decoded with; None reads images of one size, and
            images of the training split with the crop of the recipe.
        pooled: Whether the features are those of the backbone, before the neck.
        at_end: Whether it is made once, of the last network, and not at every record.
    """

    measure: Callable[..., Mapping[str, float]]
    metrics: Mapping[str, Metric]
    splits: Sequence[str] = ("train", "test")
    crop: Any = None
    pooled: bool = False
    at_end: bool = True

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the numbers of a network."""
        images = [splits.split(name, self.crop) for name in self.splits]
        predictions = [network.predict(x, pooled=self.pooled) for x in images]
        return dict(self.measure(*predictions))
