"""Errata of IE: the printed formula or number, and what contradicts it."""

import jax
import numpy as np
import pytest

from adrjax import embeddings

CENTERS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 3.0]])
FEATURES = np.array([[1.0, 0.5], [1.5, 1.0], [0.5, 2.0]])
LABELS = np.array([0, 1, 2])
VARIANCE = np.array(1.0)


OPTIONS = ("num_nearest", "inside", "present_only")
include_exclude = jax.jit(embeddings.include_exclude, static_argnames=OPTIONS)


def mean(features=FEATURES, centers=CENTERS, variance=VARIANCE, **options):
    return include_exclude(features, LABELS, centers, variance, **options).mean()


by_features, by_centers = (
    jax.jit(jax.grad(mean, argnums=i), static_argnames=OPTIONS) for i in (0, 1)
)


def equation_8(n, q):
    """The term of example n in the sum of Eq. (8), with the Q nearest centers."""
    f, own = FEATURES[n], CENTERS[LABELS[n]]
    others = np.delete(CENTERS, LABELS[n], axis=0)
    distances = np.sum((f - others) ** 2, axis=-1)
    near = np.argsort(distances)[:q]
    w = np.exp(-distances[near] / (2 * VARIANCE * q))
    return (f - own - f / q + (w @ others[near]) / (q * w.sum())) / VARIANCE


@pytest.mark.parametrize(
    "num_nearest, inside, off", [(2, False, 1.0), (2, True, 0.0), (1, False, 0.0)]
)
def test_equation_8_is_the_gradient_of_a_1_and_of_equation_6_for_q_1_only(
    num_nearest, inside, off
):
    """The largest absolute difference."""
    slopes = 3 * by_features(
        FEATURES, alpha=3.0, num_nearest=num_nearest, inside=inside
    )
    printed = np.stack([equation_8(n, num_nearest) for n in range(3)])
    np.testing.assert_allclose(np.abs(printed - slopes).max(), off, atol=5e-4)


@pytest.mark.parametrize("inside, loss", [(False, 0.0), (True, 5.142)])
def test_with_many_classes_a_1_is_never_satisfied(inside, loss):
    """A feature on its own center, 199 other centers at a squared distance of 50."""
    value = include_exclude(
        5 * np.eye(200)[:1],
        np.array([0]),
        5 * np.eye(200),
        0.5,
        alpha=0.1,
        num_nearest=199,
        inside=inside,
        present_only=False,
    )
    np.testing.assert_allclose(value, loss, atol=5e-4)
    raw = 0.1 + np.log(199) - 50 / (199 if inside else 1)
    np.testing.assert_allclose(raw, 5.142 if inside else -44.607, atol=5e-4)


def test_equation_7_is_equation_6_with_one_center_and_a_variance_of_one_half():
    distances = np.sum((FEATURES[:, None] - CENTERS) ** 2, axis=-1)
    own = np.eye(3, dtype=bool)
    nearest = np.where(own, np.inf, distances).min(-1)
    equation_7 = np.maximum(np.where(own, distances, 0).sum(-1) + 1 - nearest, 0)
    assert (equation_7 > 0).any()
    np.testing.assert_allclose(
        mean(variance=0.5, alpha=1.0, num_nearest=1),
        equation_7.mean(),
        rtol=1e-14,
    )


def test_equation_8_sums_over_the_batch_what_is_the_gradient_of_one_example():
    slopes = by_features(FEATURES, alpha=3.0, num_nearest=2, inside=True)
    terms = np.stack([equation_8(n, 2) for n in range(3)]) / 3
    np.testing.assert_allclose(slopes, terms, atol=1e-12)
    assert np.abs(np.asarray(slopes) - terms.sum(0)).max() > 0.1


def test_equations_8_to_10_lack_the_hinge():
    """Close to its center an example has no loss, but a term in Eq. (8)."""
    close = np.array([[0.1, 0.1], *FEATURES[1:]])
    assert include_exclude(close, LABELS, CENTERS, VARIANCE, alpha=0.1)[0] == 0
    slopes = by_features(close, alpha=0.1, num_nearest=2, inside=True)
    np.testing.assert_array_equal(slopes[0], 0)
    assert np.abs(equation_8(0, 2)).max() > 0.1


def test_both_cases_of_equation_9_add_up_in_one_center():
    """Each center belongs to one example and not to the other two."""
    slopes = 3 * np.asarray(by_centers(FEATURES, CENTERS, alpha=3.0))
    of_own = -(FEATURES - CENTERS)
    assert np.abs(slopes - of_own).max() > 0.1

    @jax.jit
    def alone(feature, label):
        def loss(centers):
            return embeddings.include_exclude(
                feature, label, centers, VARIANCE, alpha=3.0, present_only=False
            ).sum()

        return jax.grad(loss)(CENTERS)

    each = sum(alone(FEATURES[n : n + 1], LABELS[n : n + 1]) for n in range(3))
    np.testing.assert_allclose(slopes, each, atol=1e-12)


@pytest.mark.parametrize(
    "variance, slope", [(0.05, -400), (1.0, -0.978), (10.0, 0.0101)]
)
def test_the_slope_by_the_variance_changes_its_sign_and_spans_four_decades(
    variance, slope
):
    """A feature at (1.5, 0), nearer to the center at (2, 0) than to its own at 0.

    A step of SGD at the rate 0.01, Algorithm 1, line 12, takes 0.05 to 4.05.
    """

    np.testing.assert_allclose(by_variance(variance), slope, rtol=5e-3)


@jax.jit
@jax.grad
def by_variance(variance):
    return embeddings.include_exclude(
        np.array([[1.5, 0]]), LABELS[:1], CENTERS, variance, present_only=False
    ).sum()


@pytest.mark.parametrize(
    "variance, slope", [(1.0, -0.0556), (10.0, -0.000556), (100.0, -0.00000556)]
)
def test_with_a_1_a_larger_variance_lowers_the_loss(variance, slope):
    """Nine other centers, eight times as far from the feature, squared, as its own."""
    feature, own = np.zeros((1, 10)), np.eye(10)[:1]
    centers = np.concatenate([own, 8**0.5 * np.eye(10)[1:]])

    def loss(variance):
        return embeddings.include_exclude(
            feature, LABELS[:1], centers, variance, inside=True, present_only=False
        ).sum()

    np.testing.assert_allclose(jax.grad(loss)(variance), slope, rtol=5e-3)


def test_without_a_variance_it_is_that_of_the_batch_and_has_no_gradient():
    of_batch = np.sum((FEATURES - CENTERS[LABELS]) ** 2) / 2
    given = by_features(FEATURES, variance=of_batch, alpha=3.0)
    np.testing.assert_allclose(of_batch, 1.875)
    np.testing.assert_allclose(
        by_features(FEATURES, variance=None, alpha=3.0), given, rtol=1e-12
    )


def test_the_distance_to_the_other_classes_is_a_soft_minimum_and_no_mean():
    """The first example has squared distances 1.25 and 7.25 to the other centers."""
    one = include_exclude(FEATURES, LABELS, CENTERS, VARIANCE, alpha=3.0)[0]
    soft = 2 * (1.25 / 2 + 3.0 - one)
    np.testing.assert_allclose(soft, 1.153, atol=5e-4)
    assert soft < 1.25 < (1.25 + 7.25) / 2
