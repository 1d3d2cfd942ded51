"""Self-correlation: its two routes, and what the batch is."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import self_correlation
from tests import battery, features
from tests.embeddings import printed

DIM, CLASSES = 12, 4
CENTROIDS = features.unit_rows(0, CLASSES, DIM)


def batch(size):
    rng = np.random.default_rng(size)
    return rng.normal(size=(size, DIM)), rng.integers(0, CLASSES, size)


@pytest.mark.parametrize("size", [2, DIM - 1, DIM, DIM + 1, 3 * DIM])
def test_both_routes_are_the_printed_formula(size):
    """The Gram matrix up to as many examples as dimensions, then the dimensions'."""
    x, y = batch(size)
    with jax.enable_x64(True):
        rule = jax.value_and_grad(lambda x: self_correlation(x, y, CENTROIDS))(x)
        plain = jax.value_and_grad(lambda x: printed.self_correlation(x, y, CENTROIDS))
        for actual, expected in zip(rule, plain(x), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("size, square", [(6, 6), (30, DIM)])
def test_no_matrix_is_larger_than_the_smaller_square(size, square):
    x, y = batch(size)
    program = jax.make_jaxpr(jax.grad(lambda x: self_correlation(x, y, CENTROIDS)))(x)
    products = str(program).count("dot_general[")
    assert f"[{square},{square}]" in str(program) and products == 2
    assert f"[{size + DIM - square},{size + DIM - square}]" not in str(program)


def test_the_authors_code_divides_by_the_dimensions_less_one():
    x, y = batch(6)
    np.testing.assert_allclose(
        self_correlation(x, y, CENTROIDS, per_dimension=True),
        self_correlation(x, y, CENTROIDS) / (DIM - 1),
        rtol=1e-6,
    )


def test_one_example_has_none():
    x, y = batch(1)

    def f(x):
        return self_correlation(x, y, CENTROIDS)

    assert f(x) == 0
    np.testing.assert_array_equal(battery.gradient(f, x), 0)


def test_features_on_their_centroids_have_none():
    _, y = batch(20)

    def f(x):
        return self_correlation(x, y, CENTROIDS)

    np.testing.assert_allclose(f(7 * CENTROIDS[y]), 0, atol=1e-12)
    features.is_finite(f, 7 * CENTROIDS[y])
