"""`experiments.pod.table5`: the reading of the paper's variance."""

import numpy as np
import pytest

from adrjax import train
from experiments.pod import recipes, table5


def test_the_networks_are_those_of_table4():
    for row in table5.ROWS:
        run = table5.cell(row, "variance").run
        assert run.identity == recipes.run(row, "CIFAR-10").identity
        assert run.recipe.reduced is not None
        assert "table5" in run.recipe.reduced.evaluations


@pytest.mark.parametrize(("variance", "spread"), [(1.82e-8, 27.6), (1.53e-8, 25.3)])
def test_the_spread_of_2048_energies_of_the_paper(variance, spread):
    assert 100 * np.sqrt(variance) * 2048 == pytest.approx(spread, abs=0.1)


def test_balance_of_features_by_hand():
    """Energies .5, .5 and 0 of the test features, .32, .36 and .32 in training."""
    test = np.array([[3.0, 0, 0], [0, 2, 0]], np.float32)
    trained = np.array([[8.0, 6, 0], [0, 6, 8]], np.float32)
    nothing = np.zeros(2)
    found = table5.balance(
        *(train.Predictions(nothing, nothing, x) for x in (trained, test))
    )
    assert found["variance"] == pytest.approx(np.var([0.5, 0.5, 0]))
    assert found["variance, training"] == pytest.approx(np.var([0.32, 0.36, 0.32]))
    assert found["spread"] == pytest.approx(100 * np.sqrt(0.5))
    assert found["eigenvalues"] == pytest.approx(np.var([0.5, 0.5, 0]))
