"""Retrieval: which tracklets of other cameras show the same person?"""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from typing import NamedTuple

import jax
import numpy as np

from adrjax import data, metrics, train
from experiments.harness.evaluation import Metric, Splits, Tracklets, features_of


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
        return {name: Metric(features_of, **per_cent) for name in ("mAP", "CMC-1")}

    def search(self, network: train.Network, splits: Splits) -> Retrieved:
        """Returns the similarities of a network's features."""
        sets, sums = [], []
        for name in ("query", "gallery"):
            tracklets = splits.tracklets(self.tracklets, name)
            images = data.Split(tracklets.images, tracklets.items)
            features = network.map(features_of, images)
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
