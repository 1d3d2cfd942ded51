"""Triplet loss with mining: its triplets, unknown labels, errors."""

import functools

import jax
import numpy as np
import pytest

from adrjax.embeddings import batch_triplet, triplet

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
LABELS = np.array([0, 0, 0, 1, 1, 2], np.int32)
MINING = ("all", "semihard", "hard")
every_mining = pytest.mark.parametrize("mining", MINING)


@functools.partial(jax.jit, static_argnames="mining")
def value_and_slope(x, y, mining, margin=1.0):
    """Returns the values and the gradient of their sum over known labels."""

    def total(x):
        values = batch_triplet(x, y, margin=margin, mining=mining)
        return values.sum(where=y >= 0), values

    slope, values = jax.grad(total, has_aux=True)(x)
    return values, slope


def triplets(x, y, anchor, mining):
    """Returns the positives and negatives of an anchor, as the docstring says."""
    d = ((x - x[anchor]) ** 2).sum(axis=1)
    positives = [j for j in range(len(y)) if y[j] == y[anchor] and j != anchor]
    negatives = sorted((j for j in range(len(y)) if y[j] != y[anchor]), key=d.item)
    if mining == "hard":
        return [(max(positives, key=d.item), negatives[0])] if positives else []
    if mining == "semihard":
        farther = {p: [n for n in negatives if d[n] >= d[p]] for p in positives}
        return [(p, some[0]) for p, some in farther.items() if some]
    return [(p, n) for p in positives for n in negatives]


@every_mining
def test_batch_triplet_is_the_mean_triplet_loss_of_each_anchor(mining):
    values, _ = value_and_slope(X, LABELS, mining)
    for anchor, value in enumerate(values):
        pairs = triplets(X, LABELS, anchor, mining)
        losses = [triplet(X[anchor], X[p], X[n], margin=1.0) for p, n in pairs]
        expected = np.mean(losses) if losses else 0
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert len(triplets(X, LABELS, 5, mining)) == 0 and (values > 0).any()


def test_semihard_leaves_out_a_positive_that_is_farther_than_all_negatives():
    x, y = np.array([[0.0], [3.0], [1.0], [2.0]], np.float32), np.array([0, 0, 1, 1])
    values, _ = value_and_slope(x, y, "semihard")
    np.testing.assert_allclose(values, [0, 0, 1, 1])  # 1 is as far from 2 as from 0
    np.testing.assert_allclose(value_and_slope(x, y, "hard")[0], [9, 9, 1, 1])


@every_mining
def test_negative_label_is_in_no_triplet(mining):
    y = np.array([0, 1, 0, 1, -1, -1], np.int32)
    values, slope = value_and_slope(X, y, mining)
    kept, kept_slope = value_and_slope(X[:4], y[:4], mining)
    np.testing.assert_allclose(values[:4], kept, rtol=1e-6)
    np.testing.assert_allclose(slope[:4], kept_slope, rtol=1e-5, atol=1e-6)
    assert np.isnan(values[4:]).all() and (slope[4:] == 0).all()


@every_mining
@pytest.mark.parametrize("labels", [[1] * 6, [0, 1, 2, 3, 4, 5]])
def test_batch_without_triplets_has_loss_and_gradient_zero(mining, labels):
    values, slope = value_and_slope(X, np.array(labels, np.int32), mining)
    assert (values == 0).all() and (slope == 0).all()


@every_mining
def test_equal_features_have_the_loss_of_the_margin_and_no_gradient(mining):
    values, slope = value_and_slope(np.ones_like(X), LABELS, mining)
    np.testing.assert_array_equal(values, [1, 1, 1, 1, 1, 0])
    assert (slope == 0).all()


def test_no_array_of_all_triplets_is_kept_for_the_backward_pass():
    def shapes(x):
        return jax.vjp(lambda x: batch_triplet(x, np.zeros(40, int)), x)[1]

    x = jax.ShapeDtypeStruct((40, 3), np.float32)
    kept = jax.tree.leaves(jax.eval_shape(shapes, x))
    assert max(leaf.size for leaf in kept) <= 40 * 40


def test_mining_and_labels_are_checked():
    with pytest.raises(ValueError, match="mining must be one of 'all'"):
        batch_triplet(X, LABELS, mining="easy")
    with pytest.raises(ValueError, match=r"labels must lie in 0.*, got -1"):
        batch_triplet(X, LABELS - 1)
