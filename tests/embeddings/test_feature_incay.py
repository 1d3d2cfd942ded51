"""Feature incay: whose features grow, and how much."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import feature_incay

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
PREDICTED = np.where(np.arange(6) < 3, LABELS, (LABELS + 1) % 5)
LOGITS = np.eye(5, dtype=np.float32)[PREDICTED]


@jax.jit
@jax.value_and_grad
def value_and_slope(x):
    return feature_incay(x, LABELS, LOGITS).sum()


def test_feature_incay_lengthens_correct_examples_only():
    slope = value_and_slope(X)[1]
    np.testing.assert_array_equal(slope[3:], 0)
    assert (np.sum(slope[:3] * X[:3], axis=1) < 0).all()


def test_feature_incay_lengthens_short_features_most():
    short, long = (
        np.linalg.norm(value_and_slope(np.float32(length) * X)[1][:3], axis=1)
        for length in (1, 2)
    )
    np.testing.assert_allclose(short / long, 8, rtol=1e-5)


def test_feature_incay_has_no_gradient_by_the_logits():
    slope = jax.grad(lambda z: feature_incay(X, LABELS, z).sum())(LOGITS)
    np.testing.assert_array_equal(slope, 0)


def test_feature_incay_of_a_nan_or_an_unknown_label_is_nan():
    x, logits, labels = np.array(X), np.array(LOGITS), np.array(LABELS)
    x[0, 2] = x[3, 2] = logits[1, 1] = np.nan
    labels[4] = -1
    values = jax.jit(feature_incay)(x, labels, logits)
    np.testing.assert_array_equal(np.isnan(values), np.isin(np.arange(6), [0, 1, 3, 4]))


def test_feature_incay_arguments_are_checked():
    wrong = r"labels must be .* \(5,\) for features of shape \(5, 5\), got .* \(6,\)"
    with pytest.raises(ValueError, match=wrong):
        feature_incay(X[:5], LABELS, LOGITS)
    with pytest.raises(ValueError, match=r"labels .* logits of shape \(6, 5\)"):
        feature_incay(X, LABELS[:5], LOGITS)
    with pytest.raises(TypeError, match=r"features must be floating, got int32"):
        feature_incay(X.astype(np.int32), LABELS, LOGITS)
    with pytest.raises(ValueError, match=r"eps must be positive, got 0"):
        feature_incay(X, LABELS, LOGITS, eps=0.0)
