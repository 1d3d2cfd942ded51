"""Truncated generalized cross entropy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    generalized_cross_entropy,
    truncated_generalized_cross_entropy,
)

Z = 2 * np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def binary(p):
    """Returns the logits of two classes, the label's first."""
    return jnp.stack([jnp.log(p) - jnp.log1p(-p), jnp.zeros_like(p)], axis=-1)


@jax.jit
def norms(p, threshold=0.5):
    """Returns the L1 norm of the gradient at each probability of the label."""

    def loss(z):
        labels = jnp.zeros(z.shape[:-1], int)
        return truncated_generalized_cross_entropy(z, labels, threshold=threshold).sum()

    return jnp.abs(jax.grad(loss)(binary(p))).sum(-1)


def test_l1_norm_of_the_gradient_is_equation_5():
    p = np.array([0.01, 0.3, 0.49, 0.51, 0.8, 0.99])
    expected = np.where(p > 0.5, 2 * p**0.7 * (1 - p), 0)
    np.testing.assert_allclose(norms(p), expected, rtol=1e-5)


def test_gradient_is_zero_at_the_threshold_and_jumps_to_0_616():
    np.testing.assert_array_equal(norms(np.array([0.5])), 0)
    np.testing.assert_allclose(norms(np.array([0.50001])), 0.616, atol=1e-3)


def test_value_up_to_the_threshold_is_that_of_the_threshold():
    z = binary(jnp.array([0.01, 0.3, 0.5]))
    value = truncated_generalized_cross_entropy(z, np.zeros(3, int))
    np.testing.assert_allclose(value, (1 - 0.5**0.7) / 0.7, rtol=1e-6)


def test_threshold_0_is_generalized_cross_entropy():
    np.testing.assert_allclose(
        truncated_generalized_cross_entropy(Z, LABELS, q=0.4, threshold=0.0),
        generalized_cross_entropy(Z, LABELS, q=0.4),
        rtol=1e-6,
    )


def test_threshold_1_leaves_no_loss():
    np.testing.assert_array_equal(
        truncated_generalized_cross_entropy(Z, LABELS, threshold=1.0), 0
    )
    np.testing.assert_array_equal(norms(np.array([0.3, 0.999]), 1.0), 0)


def test_q_0_is_cross_entropy_of_the_larger_probability():
    p = jnp.array([0.1, 0.3, 0.9])
    value = truncated_generalized_cross_entropy(
        binary(p), np.zeros(3, int), q=0.0, threshold=0.2
    )
    np.testing.assert_allclose(value, -jnp.log(jnp.maximum(p, 0.2)), rtol=1e-5)


def test_traced_parameters_are_the_known_ones():
    traced = jax.jit(
        lambda q, k: truncated_generalized_cross_entropy(Z, LABELS, q=q, threshold=k)
    )
    for q, k in [(0.0, 0.5), (0.7, 0.0), (0.7, 0.3)]:
        np.testing.assert_allclose(
            traced(q, k),
            truncated_generalized_cross_entropy(Z, LABELS, q=q, threshold=k),
            rtol=1e-6,
        )


@pytest.mark.parametrize("name", ["q", "threshold"])
def test_parameters_outside_0_and_1_raise(name):
    with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\], got 1.5"):
        truncated_generalized_cross_entropy(Z, LABELS, **{name: 1.5})
