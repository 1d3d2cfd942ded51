"""Metrics that test_evaluation compares with whole splits."""

import numpy as np

from experiments.harness import metrics
from experiments.harness.metrics import CLASSIFIED, mean_where


def test_a_mean_over_no_example_is_zero():
    hits, nowhere = np.array([True, False]), np.zeros(2, bool)
    assert mean_where((hits, nowhere)) == 0
    assert mean_where((hits, ~nowhere)) == 0.5


def test_metrics_have_their_direction_and_unit():
    lower = {"ERROR1", "ERROR5", "ECE", "NLL", "LOSS", "CORRUPTED", "FLIPPED"}
    neither = {"CONFIDENCE", "FEATURE_NORM"}
    for name in ("TOP1", "TOP5", "INTACT", "CLEAN", *lower, *neither):
        better = "lower" if name in lower else None if name in neither else "higher"
        assert getattr(metrics, name).better == better, name
    for metric in CLASSIFIED.values():
        assert metric.unit == "%" and metric.scale == 100 and metric.digits == 2
