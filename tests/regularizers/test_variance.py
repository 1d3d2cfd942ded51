"""Variance of the prediction."""

import jax
import numpy as np
import pytest

from adrjax.regularizers import adr, variance

RNG = np.random.default_rng(0)


def error(actual, expected):
    return np.linalg.norm(np.float64(actual) - expected) / np.linalg.norm(expected)


def test_range_is_0_to_1():
    z = np.array([[0.0, 0.0, 0.0], [200.0, 0.0, 0.0], [-np.inf, 0.0, 0.0]], np.float32)
    np.testing.assert_allclose(variance(z), [1, 0, 0.75], rtol=1e-6)


@pytest.mark.parametrize("classes", [1000, 100_000])
def test_gradient_of_nearly_uniform_predictions_keeps_its_digits(classes):
    z = RNG.normal(size=classes).astype(np.float32) * np.float32(0.01)
    p = np.exp(z.astype(np.float64))
    p /= p.sum()
    expected = -2 * classes / (classes - 1) * p * (p - (p**2).sum())
    assert error(jax.grad(variance)(z), expected) < 1e-5


def test_gradient_of_nearly_certain_predictions_keeps_its_digits():
    """dV = -4 p (1 - p) (2 p - 1) of two classes, at 1 - p = e^-30."""
    actual = jax.grad(variance)(np.array([30.0, 0.0], np.float32))
    expected = 4 * np.exp(-30) * np.array([-1, 1])
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_gradient_of_adr_with_the_variance_keeps_its_digits():
    z = RNG.normal(size=1000).astype(np.float32) * np.float32(0.01)

    @jax.jit
    def gradient(z):
        return jax.grad(lambda z: adr(z, uncertainty="variance"))(z)

    with jax.enable_x64(True):
        expected = np.asarray(gradient(z.astype(np.float64)))
    assert error(gradient(z), expected) < 1e-5


def test_nan_logit_gives_nan():
    z = np.where(np.eye(3, dtype=bool), np.nan, 1.0).astype(np.float32)
    assert np.isnan(variance(z)).all()
    assert np.isnan(jax.grad(lambda z: variance(z).sum())(z)).any(axis=-1).all()


def test_one_class_raises():
    with pytest.raises(ValueError, match="at least 2 classes, got shape"):
        variance(np.zeros((2, 1), np.float32))
