"""Circle loss at pair level: its pairs, its scale, errors."""

import jax
import numpy as np
import pytest

from adrjax import embeddings

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


@jax.jit
def circle(x, y, scale=3.0):
    """Returns the values and the gradient of their sum over known labels."""

    def total(x):
        values = embeddings.circle(x, y, scale=scale)
        return values.sum(where=y >= 0), values

    slope, values = jax.grad(total, has_aux=True)(x)
    return values, slope


def printed(x, y, *, margin=0.25, scale=3.0):
    """Eq. (6) with the weights of Eq. (5), one example at a time."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    values = []
    for i in range(len(y)):
        s, is_other = x @ x[i], np.arange(len(y)) != i
        s_p, s_n = s[(y == y[i]) & is_other], s[y != y[i]]
        a_p, a_n = np.maximum(1 + margin - s_p, 0), np.maximum(s_n + margin, 0)
        within = np.exp(-scale * a_p * (s_p - 1 + margin)).sum()
        between = np.exp(scale * a_n * (s_n - margin)).sum()
        values.append(np.log(1 + within * between))
    return np.array(values)


def test_circle_is_the_printed_formula():
    for y in (LABELS, LABELS % 2):
        np.testing.assert_allclose(circle(X, y)[0], printed(X, y), rtol=1e-5)


@pytest.mark.parametrize("labels", [[1] * 6, [0, 1, 2, 3, 4, 5], LABELS])
def test_circle_example_without_one_kind_of_pair_has_loss_zero(labels):
    y = np.array(labels, np.int32)
    values, slope = circle(X, y, 256.0)
    counts = np.bincount(y)[y]
    is_zero = (counts == 1) | (counts == 6)
    np.testing.assert_array_equal(values[is_zero], 0)
    assert (values[~is_zero] > 0).all()
    assert (slope == 0).all() or not is_zero.all()


def test_circle_pairs_an_example_with_its_equal_but_not_with_itself():
    x, y = X[[0, 0, 1, 2, 3, 4]], np.array([0, 0, 1, 2, 3, 3], np.int32)
    values, slope = circle(x, y)
    np.testing.assert_allclose(values, printed(x, y), rtol=1e-5)
    assert np.isfinite(slope).all()


def test_circle_negative_label_is_in_no_pair():
    y = np.where(np.arange(6) < 4, LABELS % 2, -1)
    values, slope = circle(X, y)
    kept, kept_slope = circle(X[:4], y[:4])
    np.testing.assert_allclose(values[:4], kept, rtol=1e-6)
    np.testing.assert_allclose(slope[:4], kept_slope, rtol=1e-5, atol=1e-7)
    assert np.isnan(values[4:]).all() and (slope[4:] == 0).all()


def test_circle_with_the_authors_scale_does_not_overflow_or_vanish():
    values, slope = circle(X, LABELS % 2, 256.0)
    assert 1 < values.mean() < 1e4 and np.isfinite(slope).all()
    assert np.abs(slope).max() > 1


def test_circle_does_not_depend_on_lengths():
    y, lengths = LABELS % 2, np.arange(1, 7, dtype=np.float32)[:, None]
    values, slope = circle(X, y)
    np.testing.assert_allclose(circle(lengths * X, y)[0], values, rtol=1e-4)
    np.testing.assert_allclose(np.sum(slope * X, axis=-1), 0, atol=1e-5)


def test_circle_of_a_nan_is_nan_even_without_a_pair():
    x = np.array(X)
    x[2, 3] = np.nan
    assert np.isnan(circle(x, LABELS)[0][2])
    assert np.isnan(circle(x[2:3], LABELS[2:3])[0]).all()


def test_circle_labels_and_features_are_checked():
    f = embeddings.circle
    with pytest.raises(ValueError, match=r"labels must lie in 0.*, got -1"):
        f(X, LABELS - 1)
    with pytest.raises(ValueError, match=r"labels must be .* \(6,\) .* got .* \(5,\)"):
        f(X, LABELS[:5])
    with pytest.raises(TypeError, match=r"labels .*\.astype\(int\)"):
        f(X, LABELS.astype(float))
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., dim\]"):
        f(np.float32(0), np.array(0))
    assert f(X[:0], LABELS[:0]).shape == (0,)
