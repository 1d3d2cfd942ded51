"""Verification: are two images, or two videos, of the same person?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import dataclasses
import functools
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from adrjax import data, metrics, train
from experiments.harness.evaluation import Metric, Splits, features_of, mean

_ACCURACY = Metric(features_of, digits=3, unit="%")


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
        features = network.map(features_of, images, views=self.views)
        if self.mirror:
            mirrored = train.Views(_Mirrored(self.views))
            features += network.map(features_of, images, views=mirrored)
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
