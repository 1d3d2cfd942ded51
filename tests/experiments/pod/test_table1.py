"""`experiments.pod.table1`: its measures on features that were made up."""

import numpy as np
import pytest

from adrjax import train
from experiments.pod import recipes, table1, table4


def test_the_networks_are_those_of_table4():
    for name in recipes.DATASETS:
        cell = table1.cell("Cosine", (name, "low"))
        assert cell.run.identity == recipes.run("Cosine", name).identity


def test_the_share_of_long_features_that_the_paper_implies():
    found = []
    for name in recipes.DATASETS:
        low, high = (
            float(table1.PAGE.printed["Cosine", f"{name}, {x}"].text)
            for x in ("low", "high")
        )
        top1 = float(table4.PAGE.printed["Cosine", name].text)
        found.append(round(table1.share_above(low, high, top1)))
    assert found == [67, 56, 52, 78]


def test_by_norm_and_deciles_by_hand():
    """Norms 1, 1, 1 and 5, of which the first is wrong."""
    features = np.array([[1.0, 0], [1, 0], [0, 1], [3, 4]], np.float32)
    logits = np.eye(2, dtype=np.float32)[[1, 0, 1, 1]]
    test = train.Predictions(logits, np.array([0, 0, 1, 1]), features)
    found = table1.by_norm(test)
    assert found["low"] == pytest.approx(200 / 3)
    assert found["high"] == 100
    assert found["share above"] == 25
    assert found["spread"] == pytest.approx(np.sqrt(3) / 2)
    middles, accuracies = table1.deciles(np.arange(20.0), np.arange(20) >= 2)
    assert middles[0] == 0.5
    assert accuracies.tolist() == [0] + [100] * 9
