"""Accuracy of short and of long features."""

import jax
import numpy as np
import pytest

from adrjax.metrics import norm_split_accuracy
from tests.metrics.table import FEATURES, LABELS, LOGITS

compiled = jax.jit(norm_split_accuracy)
NORMS = np.linalg.norm(FEATURES, axis=1)


def test_norm_split_accuracy_is_that_below_and_above_the_mean_norm():
    right, short = LOGITS.argmax(1) == LABELS, NORMS.mean() > NORMS
    actual = compiled(LOGITS, LABELS, FEATURES)
    expected = right[short].mean(), right[~short].mean()
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_norm_split_accuracy_by_hand():
    """Norms 1, 2 and 6: the mean is 3."""
    scores, labels = np.eye(3), np.array([0, 2, 2])
    features = np.array([[1.0, 0.0], [0.0, 2.0], [6.0, 0.0]])
    np.testing.assert_allclose(compiled(scores, labels, features), (0.5, 1))


def test_norm_split_accuracy_calls_features_of_one_norm_long():
    low, high = compiled(np.eye(3), np.array([0, 1, 0]), np.eye(3))
    assert np.isnan(low)
    np.testing.assert_allclose(high, 2 / 3, rtol=1e-6)


def test_norm_split_accuracy_leaves_out_traced_labels_outside_of_the_classes():
    labels = np.where(np.arange(60) < 30, LABELS, -1)
    np.testing.assert_allclose(
        compiled(LOGITS, labels, FEATURES),
        compiled(LOGITS[:30], LABELS[:30], FEATURES[:30]),
        rtol=1e-6,
    )


def test_norm_split_accuracy_of_nan_features_is_nan():
    features = np.where(np.arange(60)[:, None] == 7, np.nan, FEATURES)
    assert np.isnan(compiled(LOGITS, LABELS, features)).all()


def test_norm_split_accuracy_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"got shapes \(60, 6\) and \(5, 4\)"):
        norm_split_accuracy(LOGITS, LABELS, FEATURES[:5])
