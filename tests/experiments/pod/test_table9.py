"""`experiments.pod.table9`: its measure on features that were drawn."""

import numpy as np
import pytest

from adrjax import train
from experiments.pod import recipes, table9


def predictions(rng, *, n):
    """Returns two classes of one mean; the second is three times as wide."""
    labels = (np.arange(n) % 2).astype(np.int32)
    features = rng.normal(size=(n, 4)) * np.where(labels, 3.0, 1.0)[:, None]
    logits = np.where(np.arange(n) % 4 < 3, labels, 1 - labels)
    return train.Predictions(np.eye(2)[logits], labels, features.astype(np.float32))


def test_the_networks_are_those_of_table4():
    for name in table9.PAGE.columns:
        ours, theirs = table9.run(name), recipes.run("POD", name)
        assert ours.identity == theirs.identity
        assert {*theirs.recipe.evaluations} < {*ours.recipe.evaluations}


def test_gda_finds_what_lda_cannot():
    rng = np.random.default_rng(0)
    found = table9.accuracies(predictions(rng, n=400), predictions(rng, n=400))
    assert {*found} == {table9.COSINE, *table9.FITS}
    assert found[table9.COSINE] == 75
    assert found["GDA, shrinkage 0.0001"] == pytest.approx(90, abs=5)
    assert found["LDA, shrinkage 0.0001"] == pytest.approx(50, abs=10)


def test_a_singular_covariance_is_nan():
    rng = np.random.default_rng(0)
    some = predictions(rng, n=400)
    constant = some._replace(features=np.zeros_like(some.features))
    found = table9.accuracies(constant, some)
    assert np.isnan(found["GDA, shrinkage 0.1"]) and np.isnan(
        found["LDA, shrinkage 0.1"]
    )
    assert found[table9.COSINE] == 75
