"""IE: its gradients, the set of other centers, the variance, errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings

include_exclude = jax.jit(
    embeddings.include_exclude,
    static_argnames=("num_nearest", "share_nearest", "inside", "present_only"),
)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
CENTERS = np.random.default_rng(3).normal(size=(5, 5)).astype(np.float32)
CENTERS /= np.linalg.norm(CENTERS, axis=1, keepdims=True)
OPEN = 9.0  # a margin at which every example has a loss
ALL = {"present_only": False}


def printed(x, c, variance, alpha, *, num_nearest=None, inside=False):
    """Eq. (6) over all classes; `inside` is Eq. (A.1)."""
    d = jnp.sum((x[:, None] - c[None]) ** 2, axis=-1)
    is_own = jax.nn.one_hot(LABELS, len(c), dtype=bool)
    others = ~is_own
    if num_nearest is not None:
        ranks = jnp.argsort(jnp.argsort(jnp.where(others, d, jnp.inf), axis=-1))
        others &= ranks < num_nearest
    near = jnp.sum(jnp.where(is_own, d, 0), axis=-1) / (2 * variance) + alpha
    far = jnp.exp(-d / (2 * variance * (num_nearest if inside else 1)))
    return jax.nn.relu(near + jnp.log(jnp.sum(jnp.where(others, far, 0), axis=-1)))


def ours(x, c, variance, alpha, **options):
    return include_exclude(x, LABELS, c, variance, alpha=alpha, **ALL, **options)


def value_and_gradients(f, **options):
    """Returns a function to values and gradients by x, c, variance and alpha."""

    @jax.jit
    def compiled(x, c, variance, alpha):
        def total(*arguments):
            values = f(*arguments, **options)
            return values.sum(), values

        slopes, values = jax.grad(total, (0, 1, 2, 3), has_aux=True)(
            x, c, variance, alpha
        )
        return values, *slopes

    return compiled


@pytest.mark.parametrize(
    "num_nearest, inside", [(None, False), (1, False), (2, False), (2, True), (9, True)]
)
def test_include_exclude_has_the_four_gradients_of_the_printed_formula(
    num_nearest, inside
):
    options = {"num_nearest": num_nearest, "inside": inside}
    with jax.enable_x64(True):
        rule = value_and_gradients(ours, **options)
        plain = value_and_gradients(printed, **options)
        for alpha in (0.1, OPEN):
            arguments = [jnp.asarray(a, float) for a in (X, CENTERS, 0.8, alpha)]
            pairs = list(zip(rule(*arguments), plain(*arguments), strict=True))
            for actual, expected in pairs:
                np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)
            sizes = [jnp.abs(expected).max() for _, expected in pairs]
            assert alpha < OPEN or min(sizes) > 0.1


def test_include_exclude_margin_has_a_gradient():
    @jax.jit
    @jax.grad
    def slope(alpha):
        return include_exclude(
            0.1 * np.eye(3), np.arange(3), np.eye(3), 1.0, alpha=alpha
        ).sum()

    assert slope(0.5) == 3


def test_include_exclude_of_one_nearest_and_half_a_variance_is_equation_7():
    d = np.sum((X[:, None] - CENTERS) ** 2, axis=-1)
    own = d[np.arange(len(X)), LABELS]
    others = np.where(np.eye(5)[LABELS], np.inf, d)
    expected = np.maximum(own + 0.1 - others.min(axis=1), 0)
    actual = include_exclude(X, LABELS, CENTERS, 0.5, num_nearest=1)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_include_exclude_example_on_its_center_satisfies_equation_6_but_not_a_1():
    """A.1 tends to log Q if the others are far."""
    centers = 100 * np.eye(200)
    f = functools.partial(
        include_exclude,
        centers[:1],
        np.array([0]),
        centers,
        50.0,
        num_nearest=199,
        **ALL,
    )
    assert f() == 0
    np.testing.assert_allclose(f(inside=True), 0.1 + np.log(199) - 200 / 199, rtol=1e-5)


def test_include_exclude_others_are_the_classes_of_the_batch_each_once():
    """Centers that move are the own ones and the others."""
    y = np.array([0, 0, 3, 3, 0, 3])

    @jax.jit
    def values_and_slope(x, y):
        def total(c):
            values = include_exclude(x, y, c, 0.8, alpha=OPEN)
            return values.sum(), values

        slope, values = jax.grad(total, has_aux=True)(CENTERS)
        return values, slope

    values, slope = values_and_slope(X, y)
    assert set(np.flatnonzero(np.abs(slope).max(axis=1))) == {0, 3}
    once = include_exclude(X[1:3], y[1:3], CENTERS, 0.8, alpha=OPEN)
    np.testing.assert_allclose(values[1:3], once, rtol=1e-6)
    everyone = include_exclude(X, y, CENTERS, 0.8, alpha=OPEN, **ALL)
    assert (values < everyone).all()


def test_include_exclude_of_equal_distances_takes_the_lowest_class():
    @jax.jit
    @jax.grad
    def gradient(c):
        return include_exclude(
            np.zeros((1, 5)), np.array([2]), c, 0.8, alpha=OPEN, num_nearest=2, **ALL
        ).sum()

    slope = gradient(np.eye(5, dtype=np.float32))
    assert set(np.flatnonzero(np.abs(slope).max(axis=1))) == {0, 1, 2}


def test_include_exclude_with_more_nearest_than_classes_takes_all():
    np.testing.assert_array_equal(
        ours(X, CENTERS, 0.8, OPEN, num_nearest=99), ours(X, CENTERS, 0.8, OPEN)
    )


@pytest.mark.parametrize(
    ("share", "number"),
    [(1e-6, 1), (0.375, 2), (0.5, 2), (0.625, 2), (0.626, 3), (0.875, 4), (1.0, 4)],
)
def test_include_exclude_share_of_4_other_classes_is_rounded(share, number):
    """1.5 and 2.5 are rounded to 2, the even neighbour, and 3.5 to 4."""
    for options in ({}, {"inside": True}):
        np.testing.assert_allclose(
            ours(X, CENTERS, 0.8, OPEN, share_nearest=share, **options),
            ours(X, CENTERS, 0.8, OPEN, num_nearest=number, **options),
            rtol=1e-6,
        )


def test_include_exclude_share_is_of_the_other_classes_in_the_batch():
    """Of the 2 other classes in the batch a half is 1, of 4 it is 2."""
    y = np.array([0, 0, 3, 3, 1, 3])
    half = include_exclude(X, y, CENTERS, 0.8, alpha=OPEN, share_nearest=0.5)
    nearest = include_exclude(X, y, CENTERS, 0.8, alpha=OPEN, num_nearest=1)
    np.testing.assert_array_equal(half, nearest)
    alone = include_exclude(X, y * 0, CENTERS, 0.8, alpha=OPEN, share_nearest=0.5)
    np.testing.assert_array_equal(alone, 0)


def test_include_exclude_share_of_equal_distances_takes_the_lowest_class():
    @jax.jit
    @jax.grad
    def gradient(c):
        return include_exclude(
            np.zeros((1, 5)),
            np.array([2]),
            c,
            0.8,
            alpha=OPEN,
            share_nearest=0.5,
            **ALL,
        ).sum()

    slope = gradient(np.eye(5, dtype=np.float32))
    assert set(np.flatnonzero(np.abs(slope).max(axis=1))) == {0, 1, 2}


def test_include_exclude_of_the_nearest_does_not_hide_a_nan_center():
    centers = CENTERS.copy()
    centers[4] = np.nan
    for options in ({"num_nearest": 1}, {"share_nearest": 0.25}):
        values = ours(X, centers, 0.8, OPEN, **options)
        assert np.isnan(values).all()


def test_include_exclude_variance_of_the_batch_is_a_constant():
    """Algorithm 1 has features, centers and variance as independent variables."""
    variance = np.sum((X - CENTERS[LABELS]) ** 2) / (len(X) - 1)

    @jax.jit
    def slopes(*variance):
        def total(x, c):
            return include_exclude(x, LABELS, c, *variance, alpha=OPEN).sum()

        return jax.value_and_grad(total, (0, 1))(X, CENTERS)

    for actual, expected in zip(
        jax.tree.leaves(slopes()), jax.tree.leaves(slopes(variance)), strict=True
    ):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_include_exclude_satisfied_example_has_no_gradient():
    outputs = value_and_gradients(ours)(CENTERS[LABELS] + 1e-3 * X, CENTERS, 0.01, 0.1)
    for output in outputs:
        np.testing.assert_array_equal(output, 0)


def test_include_exclude_gradient_is_exact_far_from_the_centers():
    """The feature cancels; a mean of centers minus the own center is left."""
    gradients = value_and_gradients(ours)
    far = np.full(X.shape, 1e6)
    slope = gradients(far, CENTERS, 1e6, 100.0)[1]
    with jax.enable_x64(True):
        exact = gradients(far, CENTERS.astype(float), 1e6, 100.0)[1]
    np.testing.assert_allclose(slope, exact, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("options", [{}, {"num_nearest": 2}, ALL | {"num_nearest": 2}])
def test_include_exclude_of_no_examples_is_empty(options):
    for variance in (1.0, None):
        values = include_exclude(X[:0], LABELS[:0], CENTERS, variance, **options)
        assert values.shape == (0,)


def test_include_exclude_of_a_nan_is_nan_even_without_other_classes():
    x = np.array(X)
    x[2, 3] = np.nan
    values = include_exclude(x, LABELS, CENTERS, 1.0)
    np.testing.assert_array_equal(np.isnan(values), np.arange(6) == 2)
    assert np.isnan(include_exclude(x[2:3], LABELS[2:3], CENTERS, 1.0)).all()


@pytest.mark.parametrize(
    "variance, message",
    [
        (0.0, "positive, got 0.0"),
        (-1.0, "positive, got -1.0"),
        (np.array([0.5, 0.5]), r"one number, got shape \(2,\)"),
    ],
)
def test_include_exclude_variance_must_be_one_positive_number(variance, message):
    with pytest.raises(ValueError, match=f"variance must be {message}"):
        embeddings.include_exclude(X, LABELS, CENTERS, variance)


def test_include_exclude_num_nearest_must_be_an_integer_of_at_least_1():
    with pytest.raises(ValueError, match="num_nearest must be at least 1, got 0"):
        embeddings.include_exclude(X, LABELS, CENTERS, num_nearest=0)
    with pytest.raises(TypeError, match="num_nearest must be an integer"):
        embeddings.include_exclude(X, LABELS, CENTERS, num_nearest=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"share_nearest": 0.0}, "share_nearest must be positive, got 0"),
        ({"share_nearest": 1.5}, r"share_nearest must be in \[0, 1\], got 1.5"),
        ({"share_nearest": 0.2, "num_nearest": 2}, "are both Q, give one of them"),
    ],
)
def test_include_exclude_share_nearest_must_be_a_share_without_a_number(
    options, message
):
    with pytest.raises(ValueError, match=message):
        embeddings.include_exclude(X, LABELS, CENTERS, **options)
