"""`experiments.ie.figure2`: nothing is trained."""

import numpy as np
import pytest

from experiments.ie import figure2


def test_figure2_has_four_networks_with_two_features():
    runs = figure2.runs()
    assert [*runs] == ["Softmax", "L-Softmax", "Center", "IE"]
    assert len({run.identity for run in runs.values()}) == 4


def test_compactness_is_the_distance_within_over_that_between_classes():
    features = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 8.0], [-1.0, 8.0]])
    assert figure2.compactness(features, np.array([3, 3, 7, 7])) == pytest.approx(1 / 8)
