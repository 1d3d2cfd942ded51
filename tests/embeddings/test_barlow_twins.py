"""Barlow Twins: correlations, constant dimensions, small batches."""

import jax
import numpy as np

from adrjax import embeddings

barlow_twins = jax.jit(embeddings.barlow_twins)
value_and_slope = jax.jit(jax.value_and_grad(embeddings.barlow_twins))
FIRST, SECOND = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)


def test_barlow_twins_of_equal_views_counts_correlations_between_dimensions_only():
    c = np.corrcoef(FIRST, rowvar=False)
    expected = 0.3 * (np.sum(c**2) - len(c))
    np.testing.assert_allclose(barlow_twins(FIRST, FIRST, lam=0.3), expected, rtol=1e-5)


def test_barlow_twins_of_a_constant_dimension_has_correlation_and_gradient_zero():
    x = np.array(FIRST)
    x[:, 1] = 0.1  # whose mean is not exact
    value, slope = value_and_slope(x, SECOND, lam=0.0)
    others = [0, 2, 3, 4]
    expected = 1 + barlow_twins(x[:, others], SECOND[:, others], lam=0.0)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_array_equal(slope[:, 1], 0)


def test_barlow_twins_of_collapsed_views_or_no_examples_is_the_dimension():
    for shape in [(6, 5), (1, 5), (0, 5)]:
        value, slope = value_and_slope(np.ones(shape), np.ones(shape))
        assert value == 5 and (slope == 0).all()


def test_barlow_twins_of_a_nan_is_nan():
    x = np.array(FIRST)
    x[2, 3] = np.nan
    assert np.isnan(barlow_twins(x, SECOND))
    assert np.isnan(barlow_twins(x[2:3], SECOND[2:3]))
