"""IE against its paper, and its readings of Q and the variance."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import include_exclude
from tests import battery
from tests.battery import CLASSES, LABELS
from tests.embeddings import printed
from tests.features import CENTERS

X = battery.logits()
OPEN = 9.0  # a margin at which no example is satisfied


def gradients(loss, *arguments):
    """Those by features, centers and variance."""
    with jax.enable_x64(True):
        arguments = [jnp.asarray(a, "float64") for a in arguments]
        return jax.grad(lambda *a: loss(*a).sum(), (0, 1, 2))(*arguments)


@pytest.mark.parametrize("alpha", [0.1, OPEN])
@pytest.mark.parametrize("nearest, inside", [(None, 1), (1, 1), (2, 1), (2, 2), (9, 9)])
def test_all_three_gradients_are_those_of_the_printed_formula(nearest, inside, alpha):
    def rule(x, c, variance):
        return include_exclude(
            x,
            LABELS,
            c,
            variance,
            alpha=alpha,
            num_nearest=nearest,
            inside=inside > 1,
            present_only=False,
        )

    def plain(x, c, variance):
        return printed.include_exclude(
            x, LABELS, c, variance, alpha=alpha, nearest=nearest, inside=inside
        )

    expected = gradients(plain, X, CENTERS, 0.8)
    for actual, slope in zip(gradients(rule, X, CENTERS, 0.8), expected, strict=True):
        np.testing.assert_allclose(actual, slope, rtol=1e-9, atol=1e-12)
    assert alpha < OPEN or all(np.abs(slope).max() > 0.1 for slope in expected)


def test_of_one_nearest_center_and_half_a_variance_it_is_equation_7():
    d = np.sum((X[:, None] - CENTERS) ** 2, axis=-1)
    own = d[np.arange(len(X)), LABELS]
    others = np.where(np.eye(CLASSES)[LABELS], np.inf, d)
    expected = np.maximum(own + 0.1 - others.min(axis=1), 0)
    actual = include_exclude(X, LABELS, CENTERS, 0.5, num_nearest=1)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_an_example_on_its_center_satisfies_equation_6_but_not_a_1():
    """A.1 tends to log Q where the others are far."""
    centers = 100 * np.eye(200)
    x, y = centers[:1], np.array([0])
    all_others = {"num_nearest": 199, "present_only": False}
    assert include_exclude(x, y, centers, 50.0, **all_others) == 0
    inside = include_exclude(x, y, centers, 50.0, inside=True, **all_others)
    np.testing.assert_allclose(inside, 0.1 + np.log(199) - 200 / 199, rtol=1e-5)


def test_only_classes_in_the_batch_are_others():
    y = np.array([0, 0, 3, 3, 0, 3])
    slope = jax.grad(lambda c: include_exclude(X, y, c, 0.8, alpha=OPEN).sum())(
        jnp.asarray(CENTERS)
    )
    assert set(np.flatnonzero(np.abs(slope).max(axis=1))) == {0, 3}
    everyone = include_exclude(X, y, CENTERS, 0.8, alpha=OPEN, present_only=False)
    assert (include_exclude(X, y, CENTERS, 0.8, alpha=OPEN) < everyone).all()


def test_a_class_that_is_often_in_the_batch_counts_once():
    y = np.array([0, 3, 3, 3, 3, 3])
    once = include_exclude(X[:2], y[:2], CENTERS, 0.8, alpha=OPEN)
    often = include_exclude(X, y, CENTERS, 0.8, alpha=OPEN)
    np.testing.assert_allclose(often[:2], once, rtol=1e-6)


def test_of_equal_distances_the_lowest_class_is_nearest():
    slope = jax.grad(
        lambda c: include_exclude(
            jnp.zeros((1, CLASSES)),
            np.array([2]),
            c,
            0.8,
            alpha=OPEN,
            num_nearest=2,
            present_only=False,
        ).sum()
    )(jnp.eye(CLASSES))
    assert set(np.flatnonzero(np.abs(slope).max(axis=1))) == {0, 1, 2}


def test_more_nearest_centers_than_classes_are_all():
    options = {"alpha": OPEN, "present_only": False}
    np.testing.assert_array_equal(
        include_exclude(X, LABELS, CENTERS, 0.8, num_nearest=99, **options),
        include_exclude(X, LABELS, CENTERS, 0.8, **options),
    )


def test_the_variance_of_the_batch_is_a_constant():
    """Algorithm 1 has features, centers and variance as independent variables."""
    variance = np.sum((X - CENTERS[LABELS]) ** 2) / (len(X) - 1)

    def slopes(*given):
        def total(x, c):
            return include_exclude(x, LABELS, c, *given, alpha=OPEN).sum()

        return jax.value_and_grad(total, (0, 1))(X, jnp.asarray(CENTERS))

    for actual, expected in zip(
        jax.tree.leaves(slopes()), jax.tree.leaves(slopes(variance)), strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_a_satisfied_example_has_no_gradient():
    x = CENTERS[LABELS] + 1e-3 * X
    values = include_exclude(x, LABELS, CENTERS, 0.01)
    np.testing.assert_array_equal(values, 0)
    for slope in gradients(
        lambda x, c, v: include_exclude(x, LABELS, c, v), x, CENTERS, 0.01
    ):
        np.testing.assert_array_equal(slope, 0)


def test_the_feature_cancels_in_its_gradient():
    """However far it is, what is left is a mean of centers less its own."""
    far = 1e6 * np.ones_like(X)
    slope = battery.gradient(
        lambda x: include_exclude(
            x, LABELS, CENTERS, 1e6, alpha=100.0, present_only=False
        ),
        far,
    )
    with jax.enable_x64(True):
        exact = battery.gradient(
            lambda x: include_exclude(
                x, LABELS, CENTERS, 1e6, alpha=100.0, present_only=False
            ),
            far.astype(float),
        )
    np.testing.assert_allclose(slope, exact, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("variance", [0.0, -1.0, [0.5, 0.5]])
def test_a_variance_that_is_not_one_positive_number_is_refused(variance):
    with pytest.raises(ValueError, match="variance must be one positive number, got"):
        include_exclude(X, LABELS, CENTERS, np.array(variance))


def test_a_number_of_nearest_that_is_none_is_refused():
    with pytest.raises(ValueError, match="num_nearest must be at least 1, got 0"):
        include_exclude(X, LABELS, CENTERS, num_nearest=0)
    with pytest.raises(TypeError, match="num_nearest must be an integer"):
        include_exclude(X, LABELS, CENTERS, num_nearest=0.2)
