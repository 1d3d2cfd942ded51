"""`experiments.pod.table2`: the sweep over n, and how many dimensions features fill."""

import numpy as np
import pytest

from adrjax import train
from experiments.pod import recipes, table2


def test_the_network_of_256_features_is_that_of_table4():
    runs = {row: table2.cell(row, table2.TEST).run for row in table2.ROWS}
    assert len({run.identity for run in runs.values()}) == 7
    assert runs["n = 256"].identity == recipes.run("POD", "CIFAR-10").identity


def test_table3_has_the_features_of_every_data_set():
    dims = {name: images.dim for name, images in recipes.ALL.items()}
    assert dims == {name: dim for name, (_, dim) in table2.TABLE3.items()}
    ratios = [dim / num_classes for num_classes, dim in table2.TABLE3.values()]
    assert min(ratios) == pytest.approx(2.048)
    assert max(ratios) == 25.6


def test_subspaces_of_features_in_and_out_of_the_subspace_of_the_centroids():
    rng = np.random.default_rng(0)
    points, labels = recipes.points(3, 8), np.arange(60) % 3
    logits = np.zeros((60, 3), np.float32)
    on_points = train.Predictions(logits, labels, 5 * points[labels])
    everywhere = on_points._replace(features=rng.normal(size=(60, 8)))
    found = table2.subspaces(on_points, on_points)
    assert found == {"dimensions": 2, "9 dimensions": pytest.approx(100)}
    found = table2.subspaces(everywhere, everywhere)
    assert found["dimensions"] == 8
    assert found["9 dimensions"] == pytest.approx(25, abs=10)
