"""`experiments.adr.table1`: its losses, schedules and networks; nothing is trained."""

import jax
import numpy as np

from adrjax import losses, targets
from experiments.adr import table1
from experiments.harness.table import cells_of
from experiments.losses import label_smoothing

CELLS = {row: table1.cell(row, "test/error1") for row in table1.ROWS}


def test_table1_has_12_networks_and_15_quoted_rows():
    runs = [cell.run for cell in CELLS.values() if cells_of(cell)]
    assert len({run.identity for run in runs}) == len(runs) == 12
    assert len(CELLS) == 27 and len(table1.PAGE.printed) == 27 + 14
    assert {run.recipe.chosen_by for run in runs} == {"test/error1"}
    reduced = [
        row for row, cell in CELLS.items() if cells_of(cell) and cell.run.recipe.reduced
    ]
    assert reduced == table1.PAGE.reduced_rows


def test_table1_gains_are_those_of_the_text():
    paper = {
        row: float(printed.text)
        for (row, column), printed in table1.PAGE.printed.items()
        if column == "top-1 error"
    }
    gains = {"RN-50 CE": 0.57, "RN-101 CE": 0.54, "ViT CE": 0.32, "ViT LS": 0.36}
    for row, gain in gains.items():
        ours = paper[row] - paper[f"{row}+ADR, GSC form"]
        np.testing.assert_allclose(ours, gain, atol=1e-9)


def test_label_smoothing_of_mixed_labels_equals_that_of_classes():
    z = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    y = np.arange(4)
    smooth = targets.smooth_labels(y, num_classes=5, alpha=0.1)
    expected = losses.cross_entropy(z, smooth)
    for labels in (y, jax.nn.one_hot(y, 5)):
        found = label_smoothing(z, labels, alpha=0.1)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
