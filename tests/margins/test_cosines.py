"""Cosines: independent of lengths, finite at 0, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins

X, W = np.random.default_rng(0).normal(size=(2, 5, 5)).astype(np.float32)
W /= np.linalg.norm(W, axis=1, keepdims=True)


@jax.jit
def cosines_and_gradient(x, w):
    """Returns the cosines, and the gradient of the first by each feature."""

    def first(x):
        cosines = margins.cosines(x, w)
        return cosines[:, 0].sum(), cosines

    slope, cosines = jax.grad(first, has_aux=True)(x)
    return cosines, slope


@pytest.mark.parametrize("length", [1e-11, 1e-4, 1.0, 1e4, 1e10, 1e18])
def test_cosines_do_not_depend_on_lengths(length):
    x = X / np.linalg.norm(X, axis=1, keepdims=True)
    expected = x @ W.T
    long, slope = cosines_and_gradient(np.float32(length) * x, W)
    np.testing.assert_allclose(long, expected, atol=1e-6, rtol=0)
    of_weights = cosines_and_gradient(x, np.float32(length) * W)[0]
    np.testing.assert_allclose(of_weights, expected, atol=1e-6, rtol=0)
    exact = (W[0] - expected[:, :1] * x) / length
    tolerance = 0.02 if length == 1e18 else 1e-5  # its square is near the largest float
    np.testing.assert_allclose(slope, exact, atol=tolerance * np.abs(exact).max())


def test_cosine_to_itself_is_1_and_to_its_opposite_minus_1():
    np.testing.assert_allclose(np.diagonal(margins.cosines(X, X)), 1, rtol=1e-6)
    np.testing.assert_allclose(np.diagonal(margins.cosines(X, -X)), -1, rtol=1e-6)


@pytest.mark.parametrize("factor", [0.0, 1e-13])
def test_cosines_of_a_zero_vector_are_0_and_have_gradient_0(factor):
    x, w = np.array(X), np.array(W)
    x[2] *= factor
    w[3] *= factor
    c, pullback = jax.vjp(margins.cosines, x, w)
    by_x, by_w = pullback(jnp.ones_like(c))
    for zeros in (c[2], c[:, 3], by_x[2], by_w[3]):
        np.testing.assert_array_equal(zeros, 0)
    assert np.isfinite(by_x).all() and np.isfinite(by_w).all()


def test_cosines_of_a_nan_are_nan_and_the_others_are_not():
    x, w = np.array(X), np.array(W)
    x[2, 1] = w[3, 0] = np.nan
    is_nan = np.isnan(margins.cosines(x, w))
    assert is_nan[2].all() and is_nan[:, 3].all() and is_nan.sum() == 9


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_cosines_gradients_have_the_dtype_of_their_inputs(dtype):
    c, pullback = jax.vjp(margins.cosines, X, jnp.asarray(W, dtype))
    assert c.dtype == jnp.float32
    assert [slope.dtype for slope in pullback(c)] == [np.float32, dtype]


def test_cosines_of_one_class_and_one_dimension_are_signs():
    actual = margins.cosines([[2.0], [-3.0]], [[5.0]])
    np.testing.assert_array_equal(actual, [[1], [-1]])


def test_cosines_weights_must_match_the_features():
    wanted = r"weights must be \[num_classes, 5\] for .* \(5, 5\), got \(5, 4\)"
    with pytest.raises(ValueError, match=wanted):
        margins.cosines(X, W[:, :4])
    with pytest.raises(TypeError, match="weights must be floating, got int32"):
        margins.cosines(X, np.ones((5, 5), np.int32))
