"""Top-k accuracy."""

import jax
import numpy as np
import pytest
from sklearn.metrics import top_k_accuracy_score

from adrjax.metrics import top_k

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(40, 7)).astype(np.float32)
LABELS = RNG.integers(7, size=40)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_its_mean_is_that_of_scikit_learn(k):
    expected = top_k_accuracy_score(LABELS, SCORES, k=k, labels=range(7))
    np.testing.assert_allclose(top_k(SCORES, LABELS, k=k).mean(), expected, rtol=1e-6)


@pytest.mark.parametrize("k", [1, 3])
def test_ties_are_resolved_as_top_k_does(k):
    scores = RNG.integers(3, size=(50, 6)).astype(np.float32)
    labels = RNG.integers(6, size=50)
    among = jax.lax.top_k(scores, k)[1] == labels[:, None]
    np.testing.assert_array_equal(top_k(scores, labels, k=k), among.any(-1))


def test_a_network_that_says_nan_is_wrong():
    assert not top_k(np.array([[np.nan, 1.0], [np.nan, 1.0]]), np.array([0, 1])).any()


def test_any_leading_shape_and_jit():
    square = top_k(SCORES.reshape(4, 10, 7), LABELS.reshape(4, 10), k=2)
    flat = jax.jit(lambda s, y: top_k(s, y, k=2))(SCORES, LABELS)
    np.testing.assert_array_equal(square.ravel(), flat)


@pytest.mark.parametrize("k", [0, 8])
def test_k_outside_the_classes_is_refused(k):
    with pytest.raises(ValueError, match=rf"k must be in 1..7 .*, got {k}"):
        top_k(SCORES, LABELS, k=k)


def test_wrong_labels_are_refused():
    with pytest.raises(
        ValueError, match=r"labels .*\(40,\) for scores of shape \(40, 7\)"
    ):
        top_k(SCORES, LABELS[:3])
