"""Feature incay: whose features grow, and by how much."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import feature_incay
from tests import battery
from tests.battery import CLASSES, LABELS

X = battery.logits()
LOGITS = np.eye(CLASSES)[np.where(np.arange(6) < 3, LABELS, (LABELS + 1) % CLASSES)]


def test_only_examples_that_are_right_grow():
    slope = jax.grad(lambda x: feature_incay(x, LABELS, LOGITS).sum())(X)
    np.testing.assert_array_equal(slope[3:], 0)
    assert (np.sum(slope[:3] * X[:3], axis=1) < 0).all()


def test_short_features_grow_most():
    def pull(length):
        x = length * X[:3]
        slope = jax.grad(lambda x: feature_incay(x, LABELS[:3], LOGITS[:3]).sum())(x)
        return np.linalg.norm(slope, axis=1)

    np.testing.assert_allclose(pull(1.0) / pull(2.0), 8, rtol=1e-5)


def test_no_gradient_flows_into_the_logits():
    slope = jax.grad(lambda z: feature_incay(X, LABELS, z).sum())(LOGITS)
    np.testing.assert_array_equal(slope, 0)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"features of shape \(5, 5\) want labels"):
        feature_incay(X[:5], LABELS, LOGITS)
    with pytest.raises(
        ValueError, match=r"labels .*\(6,\) for logits of shape \(6, 5\)"
    ):
        feature_incay(X, LABELS[:5], LOGITS)
    with pytest.raises(TypeError, match=r"features must be floating, got int32"):
        feature_incay(X.astype(np.int32), LABELS, LOGITS)
