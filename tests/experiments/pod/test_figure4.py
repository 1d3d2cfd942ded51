"""`experiments.pod.figure4`: how fast and how stable a curve is."""

import numpy as np
import pytest

from experiments.pod import figure4, recipes


def test_the_networks_are_those_of_table4():
    run = figure4.cell("NaC", "CIFAR-100").run
    assert run.identity == recipes.run("NaC", "CIFAR-100").identity


def test_epochs_to_a_share_of_the_final_accuracy():
    accuracies = np.array([40.0, 72, 60, 75.9, 76.2, 80])
    assert [figure4.epochs_to(accuracies, x) for x in (90, 95, 99)] == [2, 5, 6]


def test_unrest_is_that_of_the_last_epochs_of_each_plateau():
    accuracies = np.array([0.0] * 20 + [1, 3] * 5 + [5, 7] + [8.0] * 3)
    found = figure4.unrest(accuracies, [30, 32, 35])
    assert found == pytest.approx([1, 1, 0])
