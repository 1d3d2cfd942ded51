"""`experiments.ie.table6` and `figure5`: networks, and the cosines of the curves."""

import numpy as np
import pytest

from experiments.harness import Cell
from experiments.ie import figure5, table6


def identities(network):
    cells = [table6.cell(row, (network, "lfw")) for row in table6.PAGE.rows]
    return {cell.run.identity for cell in cells if isinstance(cell, Cell)}


def test_lfw_and_ytf_are_of_the_same_networks():
    assert len(identities("[N]")) == 7 and len(identities("[P]")) == 5
    for row in table6.COMPARED:
        lfw, ytf = (table6.cell(row, ("[P]", name)) for name in ("lfw", "ytf"))
        assert isinstance(lfw, Cell) and isinstance(ytf, Cell)
        assert lfw.run.identity == ytf.run.identity
        assert (lfw.metric, ytf.metric) == ("lfw/accuracy", "ytf/accuracy")


def test_figure5_has_20_networks_of_which_two_are_in_the_table():
    runs = figure5.runs()
    assert len(runs) == 21
    found = {run.identity for run in runs.values()}
    assert len(found) == 20
    both = found & identities("[N]")
    assert both == {runs[x].identity for x in ("Softmax", "lambda = 0.05")}
    assert runs["Q/N = 0.2"].identity == runs["lambda = 0.05"].identity


def test_the_triplet_loss_has_several_faces_of_each_person_in_a_batch():
    recipe = table6.recipe("Triplet", "[N]")
    assert recipe.reduced is not None
    for of in (recipe, recipe.reduced):
        assert of.data.order is not None
        assert of.data.order.batch_size == of.batch_size
        assert of.data.order.images == 4


@pytest.mark.parametrize("fold", [None, 3])
def test_centered_cosines_are_those_of_pca_with_all_components(fold):
    rng = np.random.default_rng(0)
    same = np.arange(60) % 6 < 3
    first = rng.normal(size=(60, 4)) + 5
    second = np.where(same[:, None], first, 5) + rng.normal(size=(60, 4))
    rows = np.arange(60) if fold is None else np.arange(18, 24)
    others = rows if fold is None else np.delete(np.arange(60), rows)
    mean = np.concatenate([first[others], second[others]]).mean(0)
    x, y = first[rows] - mean, second[rows] - mean
    wanted = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    cosines = table6.centered_cosines(first, second, fold)
    np.testing.assert_allclose(cosines, wanted, rtol=1e-4, atol=1e-6)
