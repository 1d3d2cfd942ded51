"""Circle loss of pairs: what is a pair."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import circle
from tests import battery, features
from tests.battery import LABELS
from tests.embeddings import printed
from tests.features import DIM

X = battery.logits()


def test_an_example_without_a_partner_of_its_class_has_none():
    values = circle(X, LABELS, scale=3.0)
    alone = np.bincount(LABELS)[LABELS] == 1
    np.testing.assert_array_equal(values[alone], 0)
    assert (values[~alone] > 0).all()


@pytest.mark.parametrize("labels", [[1] * 6, [0, 1, 2, 3, 4, 5]])
def test_a_batch_of_one_class_or_of_all_has_none(labels):
    def f(x):
        return circle(x, np.array(labels))

    np.testing.assert_array_equal(f(X), 0)
    np.testing.assert_array_equal(battery.gradient(f, X), 0)


def test_an_example_is_not_paired_with_itself_but_with_its_equal():
    pair = np.repeat(X[:1], 2, axis=0)
    x, y = np.concatenate([pair, -X[:1]]), np.array([0, 0, 1])
    expected = printed.circle(x, y, margin=0.25, scale=3.0)
    np.testing.assert_allclose(circle(x, y, scale=3.0).mean(), expected, rtol=1e-5)
    features.is_finite(lambda x: circle(x, y), x)


def test_a_negative_label_is_in_no_pair():
    y = np.where(np.arange(6) < 4, LABELS % 2, -1)

    @jax.jit
    def masked(x, y):
        return circle(x, y, scale=3.0).mean(where=y >= 0)

    value, slope = jax.value_and_grad(masked)(X, y)
    kept = jax.value_and_grad(masked)(X[:4], y[:4])
    np.testing.assert_allclose(value, kept[0], rtol=1e-6)
    np.testing.assert_allclose(slope[:4], kept[1], rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(slope[4:], 0)
    assert np.isnan(jax.jit(circle)(X, y)[4:]).all()


def test_its_authors_scale_neither_overflows_nor_vanishes():
    value, slope = jax.value_and_grad(lambda x: circle(x, LABELS % 2).mean())(X)
    assert 1 < value < 1e4 and np.isfinite(slope).all()
    assert np.abs(slope).max() > 1


def test_a_length_does_not_matter():
    lengths = np.arange(1.0, 7.0)[:, None]
    y = LABELS % 2
    np.testing.assert_allclose(circle(lengths * X, y), circle(X, y), rtol=1e-4)
    slope = battery.gradient(lambda x: circle(x, y, scale=3.0), X)
    np.testing.assert_allclose(np.sum(slope * X, axis=-1), 0, atol=1e-5)


def test_labels_are_checked():
    with pytest.raises(ValueError, match=r"labels must lie in 0.*, got -1"):
        circle(X, LABELS - 1)
    with pytest.raises(ValueError, match=r"want labels of shape \(6,\), got .* \(5,\)"):
        circle(X, LABELS[:5])
    with pytest.raises(TypeError, match=r"labels .*\.astype\(int\)"):
        circle(X, LABELS.astype(float))
    with pytest.raises(ValueError, match=r"features must be \[\.\.\., dim\]"):
        circle(np.float32(0), np.array(0))
    assert circle(np.zeros((0, DIM)), np.zeros(0, int)).shape == (0,)
