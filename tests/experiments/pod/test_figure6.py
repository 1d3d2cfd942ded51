"""`experiments.pod.figure6`: its nine networks, and its measures."""

import dataclasses

import numpy as np
import pytest

from experiments.pod import figure6


def test_the_networks_of_five_classes_in_two_dimensions():
    runs = figure6.runs()
    assert len({run.identity for run in runs.values()}) == 9
    assert runs["POD, alpha 0"].method.settings["initial_delta"] == 0
    assert runs["POD, alpha 0.1"].method.settings["alpha"] == 0.1
    for run in runs.values():
        assert run.recipe.num_classes == 5
        assert run.recipe.reduced is not None
        reduced = dataclasses.replace(run, recipe=run.recipe.reduced)
        assert reduced.identity == run.identity


def test_the_angles_between_neighbouring_means():
    angles = np.radians([90.0, 0, 350, 200])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    found = figure6.gaps(np.repeat(features, 2, axis=0), np.repeat(np.arange(4), 2))
    assert sorted(found) == pytest.approx([10, 90, 110, 150])


def test_features_near_the_origin_are_shorter_than_a_tenth_of_the_mean_norm():
    features = np.array([[0.05, 0], [1, 0], [0, 1], [0.2, 0]])
    assert figure6.near_origin(features) == 25
