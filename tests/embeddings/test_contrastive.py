"""Contrastive loss: the margin, the gradient, errors of pairs of features."""

import jax
import numpy as np
import pytest

from adrjax import embeddings
from adrjax.embeddings import barlow_twins, triplet, vicreg

contrastive = jax.jit(embeddings.contrastive)
FIRST, SECOND = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)
DISTANCES = np.linalg.norm(FIRST - SECOND, axis=1)
SAME = np.arange(6) % 2 == 0


def test_contrastive_pairs_of_two_classes_beyond_the_margin_have_no_loss():
    margin = np.median(DISTANCES)
    values = contrastive(FIRST, SECOND, np.zeros(6, bool), margin=margin)
    np.testing.assert_array_equal(values == 0, margin < DISTANCES)


def test_contrastive_gradients_are_opposite_and_as_long_as_the_distances():
    @jax.jit
    def total(a, b):
        return contrastive(a, b, SAME, margin=9.0).sum()

    first, second = jax.grad(total, (0, 1))(FIRST, SECOND)
    expected = np.where(SAME, DISTANCES, 9.0 - DISTANCES)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), expected, rtol=1e-5)
    np.testing.assert_allclose(first, -second, rtol=1e-6)


def test_contrastive_equal_features_of_two_classes_have_gradient_zero():
    def total(x):
        values = contrastive(x, FIRST, np.zeros(6, bool))
        return values.sum(), values

    (_, values), slope = jax.value_and_grad(total, has_aux=True)(FIRST)
    np.testing.assert_allclose(values, 0.5)
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("same", [True, False])
def test_contrastive_of_a_nan_is_nan(same):
    x = np.array(FIRST)
    x[2, 3] = np.nan
    is_nan = np.isnan(contrastive(x, SECOND, np.full(6, same)))
    np.testing.assert_array_equal(is_nan, np.arange(6) == 2)


@pytest.mark.parametrize("wrong", [np.arange(6), SAME[:5], SAME[:, None]])
def test_contrastive_same_must_be_bool_of_the_shape_of_the_pairs(wrong):
    with pytest.raises(ValueError, match=r"same must be bool of shape \(6,\), .* got"):
        embeddings.contrastive(FIRST, SECOND, wrong)


@pytest.mark.parametrize(
    "loss, name",
    [
        (lambda a, b: embeddings.contrastive(a, b, SAME), "second"),
        (barlow_twins, "second"),
        (vicreg, "second"),
        (lambda a, b: triplet(a, b, a), "positives"),
        (lambda a, b: triplet(a, a, b), "negatives"),
    ],
)
def test_features_of_pairs_must_be_floating_and_of_one_shape(loss, name):
    message = rf"^{name} must have the shape of (first|anchors), \(6, 5\), got \(6, 4\)"
    with pytest.raises(ValueError, match=message):
        loss(FIRST, SECOND[:, :4])
    with pytest.raises(TypeError, match=rf"^{name} must be floating, got int32"):
        loss(FIRST, SECOND.astype(np.int32))
    with pytest.raises(TypeError, match=r"^(first|anchors) must be floating"):
        loss(FIRST.astype(np.int32), SECOND)
    with pytest.raises(ValueError, match=r"^(first|anchors) must be \[\.\.\., dim\]"):
        loss(np.float32(0), SECOND)
