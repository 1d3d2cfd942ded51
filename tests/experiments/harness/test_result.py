"""The numbers of a run."""

import pathlib

import numpy as np
import pytest

from adrjax import train
from experiments.harness import Classification
from experiments.harness.metrics import NLL, TOP1
from experiments.harness.result import Result, mean, metric_of, spread
from tests.experiments.harness._toy import TEST, run

END = Classification({"top1": TOP1}, at_end=True)
HISTORY = [
    {"epoch": 1, "step": 4, "train_loss": 2.0, "test/top1": 60.0, "test/NLL": 3.0},
    {"epoch": 2, "step": 8, "train_loss": 1.0, "test/top1": 50.0, "test/NLL": 4.0},
]
RESULT = Result(
    run(evaluations={"test": TEST, "end": END}),
    pathlib.Path("toy"),
    HISTORY,
    {"end/top1": 70.0},
)


def test_last_is_that_of_the_last_step():
    assert RESULT.last("test/top1") == 50 and RESULT.last("train_loss") == 1
    assert RESULT.last("end/top1") == 70


def test_best_goes_by_the_direction_of_the_metric():
    assert RESULT.best("test/top1") == 60 and RESULT.best("test/NLL") == 3
    assert RESULT.best("train_loss") == 1 and RESULT.best("end/top1") == 70


def test_a_curve_has_a_value_at_the_step_of_each_record():
    steps, values = RESULT.curve("test/NLL")
    np.testing.assert_array_equal(steps, [4, 8])
    np.testing.assert_array_equal(values, [3, 4])


def test_a_metric_without_records_is_named_with_those_that_are_there():
    with pytest.raises(
        train.ArgumentError,
        match="toy, cross_entropy, seed 0 has no records of 'train_base', only of "
        "train_loss, test/top1, test/NLL",
    ):
        RESULT.last("train_base")


def test_metric_of_knows_each_metric_before_the_training():
    assert metric_of(RESULT.run, "test/NLL") is NLL
    assert metric_of(RESULT.run, "train_base").better == "lower"
    assert metric_of(RESULT.run, "train_accuracy").better == "higher"


def test_the_spread_is_that_of_a_sample():
    assert mean([1, 3]) == 2 and spread([1, 3]) == pytest.approx(2**0.5)
    assert spread([1]) is None
