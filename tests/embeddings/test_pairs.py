"""Losses of two or three features, and of two views of a batch."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import barlow_twins, contrastive, triplet, vicreg
from tests import battery, features
from tests.features import OTHERS

X = battery.logits()
ALIKE = np.arange(6) % 2 == 0


def test_contrastive_leaves_pairs_of_two_classes_alone_beyond_the_margin():
    distances = np.linalg.norm(X - OTHERS, axis=1)
    margin = np.median(distances)
    values = contrastive(X, OTHERS, np.zeros(6, bool), margin=margin)
    np.testing.assert_array_equal(values == 0, distances > margin)


def test_contrastive_pushes_by_the_missing_distance():
    slope = jax.grad(lambda x: contrastive(x, OTHERS, ~ALIKE, margin=9.0).sum())(X)
    distances = np.linalg.norm(X - OTHERS, axis=1)
    expected = np.where(ALIKE, 9.0 - distances, distances)
    np.testing.assert_allclose(np.linalg.norm(slope, axis=1), expected, rtol=1e-5)


def test_equal_features_of_two_classes_have_no_direction_to_part_in():
    def f(x):
        return contrastive(x, X, np.zeros(6, bool))

    np.testing.assert_allclose(f(X), 0.5)
    np.testing.assert_array_equal(battery.gradient(f, X), 0)


def test_a_pair_is_symmetric():
    def both(a, b):
        return contrastive(a, b, ALIKE, margin=9.0).sum()

    first, second = jax.grad(both, (0, 1))(X, OTHERS.astype(np.float32))
    np.testing.assert_allclose(first, -second, rtol=1e-6)


def test_triplet_is_satisfied_by_a_margin_of_squares():
    """IE Eq. (1) has them squared; the roots would be further apart."""
    anchor, positive = np.zeros((1, 2)), np.array([[3.0, 0.0]])
    negative = np.array([[0.0, 3.1]])
    np.testing.assert_allclose(
        triplet(anchor, positive, negative, margin=1.0), 9 - 9.61 + 1, rtol=1e-5
    )
    assert triplet(anchor, positive, negative, margin=0.5) == 0


def test_all_three_of_a_triplet_have_gradients():
    slopes = jax.grad(lambda *a: triplet(*a, margin=99.0).sum(), (0, 1, 2))(
        X, -X, OTHERS.astype(np.float32)
    )
    expected = 2 * (OTHERS + X), 2 * (-X - X), 2 * (X - OTHERS)
    for slope, e in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, e, rtol=1e-5, atol=1e-5)


def test_barlow_twins_of_equal_views_sees_correlations_between_dimensions_only():
    c = np.corrcoef(X, rowvar=False)
    expected = 0.3 * (np.sum(c**2) - len(c))
    np.testing.assert_allclose(barlow_twins(X, X, lam=0.3), expected, rtol=1e-5)


def test_a_constant_dimension_has_no_correlation_and_no_gradient():
    x = np.array(X)
    x[:, 1] = 0.1  # whose mean is not exact
    value, slope = jax.value_and_grad(lambda x: barlow_twins(x, OTHERS, lam=0.0))(x)
    others = [j for j in range(5) if j != 1]
    expected = 1 + barlow_twins(x[:, others], OTHERS[:, others], lam=0.0)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_array_equal(slope[:, 1], 0)


def test_vicreg_of_the_authors_code():
    """MSE over the dimensions too, and half of each standard deviation's hinge."""
    dim = X.shape[1]

    def terms(z):
        c = np.cov(z, rowvar=False)
        hinge = np.maximum(1 - np.sqrt(z.var(axis=0, ddof=1) + 1e-4), 0).mean() / 2
        return 25 * hinge + (np.sum(c**2) - np.sum(np.diag(c) ** 2)) / dim

    expected = 25 * np.mean((X - OTHERS) ** 2) + terms(X) + terms(OTHERS)
    actual = vicreg(X, OTHERS, lam=25 / dim, mu=12.5)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("loss", [barlow_twins, vicreg])
def test_collapsed_views_are_finite(loss):
    for x in (np.zeros((6, 5)), np.ones((6, 5)), np.ones((1, 5))):
        features.is_finite(lambda x: loss(x, x), x)


def same(a, b):
    return contrastive(a, b, ALIKE)


@pytest.mark.parametrize(
    "loss, name",
    [
        (same, "second"),
        (barlow_twins, "second"),
        (vicreg, "second"),
        (lambda a, b: triplet(a, b, a), "positives"),
        (lambda a, b: triplet(a, a, b), "negatives"),
    ],
)
def test_features_that_do_not_match_are_refused(loss, name):
    message = rf"^{name} must have the shape of (first|anchors), \(6, 5\), got \(6, 4\)"
    with pytest.raises(ValueError, match=message):
        loss(X, OTHERS[:, :4])
    with pytest.raises(TypeError, match=rf"^{name} must be floating, got int32"):
        loss(X, OTHERS.astype(np.int32))
    with pytest.raises(TypeError, match=r"^(first|anchors) must be floating"):
        loss(X.astype(np.int32), OTHERS)
    with pytest.raises(ValueError, match=r"^(first|anchors) must be \[\.\.\., dim\]"):
        loss(np.float32(0), OTHERS)


@pytest.mark.parametrize("wrong", [np.arange(6), ALIKE[:5], ALIKE[:, None]])
def test_what_does_not_say_whether_pairs_are_alike_is_refused(wrong):
    with pytest.raises(ValueError, match=r"same must be bool of shape \(6,\), .* got"):
        contrastive(X, OTHERS, wrong)
