"""Generalized cross entropy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    generalized_cross_entropy,
    mean_absolute_error,
)

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def test_q_0_is_cross_entropy():
    expected = cross_entropy(Z, LABELS)
    for q, tolerance in ((0.0, 1e-6), (1e-6, 1e-5)):
        np.testing.assert_allclose(
            generalized_cross_entropy(Z, LABELS, q=q), expected, rtol=tolerance
        )


def test_q_1_is_half_the_mean_absolute_error():
    np.testing.assert_allclose(
        generalized_cross_entropy(Z, LABELS, q=1.0),
        mean_absolute_error(Z, LABELS) / 2,
        rtol=1e-6,
    )


def test_l1_norm_of_the_gradient_is_equation_4():
    def total(z, q):
        return generalized_cross_entropy(z, LABELS, q=q).sum()

    gradient = jax.jit(jax.grad(total))
    p = jnp.exp(-cross_entropy(Z, LABELS))
    for q in (0.0, 0.3, 0.7, 1.0):
        norms = jnp.abs(gradient(Z, q)).sum(-1)
        np.testing.assert_allclose(norms, 2 * p**q * (1 - p), rtol=1e-5)


def test_traced_q_is_the_known_q():
    traced = jax.jit(lambda q: generalized_cross_entropy(Z, LABELS, q=q))
    for q in (0.0, 0.7):
        np.testing.assert_allclose(
            traced(q), generalized_cross_entropy(Z, LABELS, q=q), rtol=1e-6
        )


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_q_outside_0_and_1_raises(q):
    with pytest.raises(ValueError, match=rf"q must be in \[0, 1\], got {q}"):
        generalized_cross_entropy(Z, LABELS, q=q)
