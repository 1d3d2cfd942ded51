"""What a network is measured by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
from typing import Any, Literal, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import data, metrics, train


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
class Verification:
    """Verification of pairs of images or of videos, by the features of a network.

    The features of an item are the mean over its images, and over their mirror images too
    if `mirror` is set.

    Attributes:
        pairs: The set of pairs.
        protocol: `"threshold"`: pairs are compared by the cosine; the threshold is chosen on
            the other folds, as insightface does. `"pca"`: PCA on the other folds before the
            comparison, as IE does.
        mirror: Whether the mirror image is used too.
        views: The part of each image that the network sees, if it is not all of it.
        components: The dimensions that the PCA keeps.
        by_l2: Whether pairs are compared by the L2 distance after PCA, too.
        fold: The only fold to test on, if the others belong to the training; None for the
            mean over all.
        at_end: Whether it is made once, of the last network, and not at every record.
    """

    pairs: data.Pairs
    protocol: Literal["threshold", "pca"] = "threshold"
    mirror: bool = True
    views: train.Views | None = None
    components: int | None = None
    by_l2: bool = False
    fold: int | None = None
    at_end: bool = True

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The mean accuracy over the folds, and its standard deviation over them."""
        std = dataclasses.replace(_ACCURACY, better="lower")
        by_l2 = {"l2_accuracy": _ACCURACY, "l2_accuracy_std": std}
        by_cosine = {"accuracy": _ACCURACY, "accuracy_std": std}
        return by_cosine | (by_l2 if self.by_l2 else {})

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the accuracy of a network, in per cent."""
        first, second, same = self.features(network, splits)
        if self.protocol == "threshold":
            similarities = metrics.cosine_similarity(first, second)
            found = metrics.verification_accuracy(similarities, same, fold=self.fold)
            return _in_per_cent("accuracy", *found)
        by_pca = functools.partial(
            metrics.pca_verification_accuracy,
            first,
            second,
            same,
            components=self.components,
            fold=self.fold,
        )
        numbers = _in_per_cent("accuracy", *by_pca())
        if self.by_l2:
            numbers |= _in_per_cent("l2_accuracy", *by_pca(similarity="l2"))
        return numbers

    def features(
        self, network: train.Network, splits: Splits
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns the features of both items of each pair, and whether they are the same."""
        pairs = splits.pairs(self.pairs)
        images = data.Split(pairs.images, pairs.items)
        features = network.map(_features, images, views=self.views)
        if self.mirror:
            mirrored = train.Views(_Mirrored(self.views))
            features += network.map(_features, images, views=mirrored)
        sizes = np.bincount(pairs.items)
        sums = np.zeros((len(sizes), features.shape[1]), np.float32)
        np.add.at(sums, pairs.items, features)
        means = sums / sizes[:, None]
        return means[pairs.first], means[pairs.second], pairs.same


class _Mirrored(NamedTuple):
    """The views of the mirror image."""

    views: train.Views | None

    def __call__(self, image: jax.Array) -> jax.Array:
        mirrored = image[:, ::-1]
        return mirrored[None] if self.views is None else self.views.of(mirrored)


def _in_per_cent(name: str, accuracy: Any, std: Any) -> dict[str, float]:
    return {name: 100 * float(accuracy), f"{name}_std": 100 * float(std)}


def _features(measured: Any) -> jax.Array:
    return measured.outputs.features


_ACCURACY = Metric(_features, digits=3, unit="%")


@dataclasses.dataclass(frozen=True)
class Verifications:
    """Verification of several sets of pairs, and means of their accuracies.

    Attributes:
        sets: The verification of each set, by name.
        means: The names of the sets that a mean is over, by the name of the mean.
        at_end: Whether it is made once, of the last network, and not at every record.
    """

    sets: Mapping[str, Verification]
    means: Mapping[str, Sequence[str]]
    at_end: bool = True

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The accuracy of each set, and the means."""
        return dict.fromkeys([*self.sets, *self.means], _ACCURACY)

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the accuracies of a network, in per cent."""
        found = {k: x(network, splits)["accuracy"] for k, x in self.sets.items()}
        means = {
            k: mean(np.array([found[x] for x in v])) for k, v in self.means.items()
        }
        return found | means


class Retrieved(NamedTuple):
    """The tracklets of a search, and how similar they are.

    Attributes:
        query: The tracklets to search with, n of them.
        gallery: The tracklets to search in, m of them.
        similarities: The cosines of their mean features, `[n, m]`.
        where: Whether a tracklet of the gallery counts for a query, `[n, m]`.
    """

    query: data.TrackletSplit
    gallery: data.TrackletSplit
    similarities: np.ndarray
    where: np.ndarray

    @property
    def matching(self) -> jax.Array:
        """The share of queries with a match among the first 1, 2, ..., m."""
        people = self.query.person, self.gallery.person
        return metrics.cumulative_matching(self.similarities, *people, where=self.where)


@dataclasses.dataclass(frozen=True)
class Retrieval:
    """Retrieval of tracklets of people across cameras, by the mean of their features.

    Attributes:
        tracklets: Maps `"query"` and `"gallery"` to tracklets, given the folder of the
            prepared data sets.
        at_end: Whether it is made once, of the last network, and not at every record.
    """

    tracklets: Tracklets
    at_end: bool = True

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The mean average precision and the share of queries whose first match is right."""
        per_cent = {"digits": 1, "unit": "%"}
        return {name: Metric(_features, **per_cent) for name in ("mAP", "CMC-1")}

    def search(self, network: train.Network, splits: Splits) -> Retrieved:
        """Returns the similarities of a network's features."""
        sets, sums = [], []
        for name in ("query", "gallery"):
            tracklets = splits.tracklets(self.tracklets, name)
            images = data.Split(tracklets.images, tracklets.items)
            features = network.map(_features, images)
            total = np.zeros((len(tracklets.person), features.shape[1]), np.float32)
            np.add.at(total, np.asarray(tracklets.items), features)
            sets.append(tracklets)
            sums.append(total / np.linalg.norm(total, axis=1, keepdims=True))
        query, gallery = sets
        where = metrics.cross_camera(
            query.person, query.camera, gallery.person, gallery.camera
        )
        return Retrieved(query, gallery, sums[0] @ sums[1].T, np.asarray(where))

    def __call__(self, network: train.Network, splits: Splits) -> dict[str, float]:
        """Returns the numbers of a network, in per cent."""
        found = self.search(network, splits)
        people = found.query.person, found.gallery.person
        precision = metrics.mean_average_precision(
            found.similarities, *people, where=found.where, trapezoid=True
        )
        return {"mAP": 100 * float(precision), "CMC-1": 100 * float(found.matching[0])}


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
