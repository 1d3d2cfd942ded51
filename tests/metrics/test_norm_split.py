"""Accuracy of short and of long features."""

import jax
import numpy as np
import pytest

from adrjax.metrics import norm_split_accuracy

RNG = np.random.default_rng(0)
LABELS = RNG.integers(5, size=200)
NORMS = RNG.exponential(size=200)
FEATURES = RNG.normal(size=(200, 8))
FEATURES *= (NORMS / np.linalg.norm(FEATURES, axis=1))[:, None]
SCORES = RNG.normal(size=(200, 5)) + NORMS[:, None] * np.eye(5)[LABELS]


def test_is_the_accuracy_below_and_above_the_mean_length():
    right = SCORES.argmax(1) == LABELS
    expected = right[NORMS.mean() > NORMS].mean(), right[NORMS.mean() < NORMS].mean()
    actual = jax.jit(norm_split_accuracy)(SCORES, LABELS, FEATURES)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)
    assert actual[0] < actual[1]


def test_an_example_by_hand():
    """Lengths 1, 2 and 6: the mean is 3."""
    scores, labels = np.eye(3), np.array([0, 2, 2])
    features = np.array([[1.0, 0.0], [0.0, 2.0], [6.0, 0.0]])
    np.testing.assert_allclose(norm_split_accuracy(scores, labels, features), (0.5, 1))


def test_features_of_one_length_are_all_long():
    low, high = norm_split_accuracy(np.eye(3), np.array([0, 1, 0]), np.eye(3))
    assert np.isnan(low)
    np.testing.assert_allclose(high, 2 / 3, rtol=1e-6)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got shapes \(200, 5\) and \(5, 8\)"):
        norm_split_accuracy(SCORES, LABELS, FEATURES[:5])
