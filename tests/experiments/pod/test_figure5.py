"""`experiments.pod.figure5`: the two readings of the weight."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from experiments.pod import figure5, recipes


def test_there_are_nine_networks_for_each_reading_and_data_set():
    runs = [
        figure5.cell(row, column).run
        for row in figure5.ROWS
        for column in figure5.COLUMNS.values()
    ]
    assert len({run.identity for run in runs}) == 9 * 2 * 4
    assert figure5.ROWS["lambda 0.01"] == pytest.approx(0.01)
    assert figure5.ROWS["lambda 1e+06"] == pytest.approx(1e6)


@pytest.mark.long
def test_the_parts_are_pod():
    rng = np.random.default_rng(0)
    features, labels = jnp.asarray(rng.normal(size=(6, 4))), jnp.arange(6) % 3
    settings = {"alpha": 0.01, "lam": 10.0, "per_dimension": True, "axis_name": None}
    parts = figure5.nac_and_correlation(num_classes=3, dim=4, **settings)
    nac, correlation = parts["nac"], parts["correlation"]
    values, _ = nac.apply(nac.init(), features, labels)
    whole = embeddings.pod(recipes.points(3, 4), **settings)
    expected, _ = whole.apply(whole.init(), features, labels)
    actual = values + correlation(features, labels)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_the_knee_is_where_the_loss_is_twice_the_least():
    lams = [0.1, 1.0, 10.0, 100.0]
    assert figure5.knee(lams, [1.0, 0.5, 0.75, 1.25]) == pytest.approx(1.5)
    assert figure5.knee(lams, [1.0, 1.0, 1.0, 1.5]) == math.inf
