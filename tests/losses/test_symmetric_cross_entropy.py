"""Symmetric cross entropy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    reverse_cross_entropy,
    symmetric_cross_entropy,
)

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


@pytest.mark.parametrize("alpha, beta, log_zero", [(6.0, 0.1, -9.2), (0.0, 2.0, -4.0)])
def test_is_the_weighted_sum_of_both_cross_entropies(alpha, beta, log_zero):
    actual = symmetric_cross_entropy(
        Z, LABELS, alpha=alpha, beta=beta, log_zero=log_zero
    )
    expected = alpha * cross_entropy(Z, LABELS)
    expected += beta * reverse_cross_entropy(Z, LABELS, log_zero=log_zero)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_unlikely_label_has_a_gradient():
    """The authors' code clips probabilities at 1e-7."""
    z = -40.0 * np.eye(5, dtype=np.float32)[LABELS]
    gradient = jax.grad(lambda z: symmetric_cross_entropy(z, LABELS).sum())(z)
    np.testing.assert_allclose(gradient[np.arange(6), LABELS], -0.1, rtol=1e-5)


def test_alpha_0_of_an_impossible_label_is_the_reverse_term():
    def loss(z):
        return symmetric_cross_entropy(z, 1, alpha=0.0, beta=2.0)

    value, gradient = jax.value_and_grad(loss)(jnp.array([0.0, -jnp.inf, 1.0]))
    assert value == 8
    np.testing.assert_array_equal(gradient, 0)


def test_traced_parameters_are_the_known_ones():
    traced = jax.jit(
        lambda a, b, c: symmetric_cross_entropy(Z, LABELS, alpha=a, beta=b, log_zero=c)
    )
    np.testing.assert_allclose(
        traced(0.1, 1.0, -4.0), symmetric_cross_entropy(Z, LABELS), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_negative_weight_raises(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
        symmetric_cross_entropy(Z, LABELS, **{name: -1.0})


def test_positive_log_zero_raises():
    with pytest.raises(ValueError, match="log_zero must be at most 0, got 1"):
        symmetric_cross_entropy(Z, LABELS, log_zero=1.0)
