"""Generalized cross entropy: the claims of its papers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    generalized_cross_entropy,
    mean_absolute_error,
)
from tests import battery
from tests.battery import LABELS

Z = battery.logits()


def test_q_0_is_cross_entropy():
    np.testing.assert_allclose(
        generalized_cross_entropy(Z, LABELS, q=0.0), cross_entropy(Z, LABELS), rtol=1e-6
    )
    np.testing.assert_allclose(
        generalized_cross_entropy(Z, LABELS, q=1e-6),
        cross_entropy(Z, LABELS),
        rtol=1e-5,
    )


def test_q_1_is_half_the_mean_absolute_error():
    np.testing.assert_allclose(
        generalized_cross_entropy(Z, LABELS, q=1.0),
        mean_absolute_error(Z, LABELS) / 2,
        rtol=1e-6,
    )


@pytest.mark.parametrize("q", [0.0, 0.3, 0.7, 1.0])
def test_l1_norm_of_gradient_is_equation_4(q):
    p = jnp.exp(-cross_entropy(Z, LABELS))
    norms = jnp.abs(
        battery.gradient(lambda z: generalized_cross_entropy(z, LABELS, q=q), Z)
    ).sum(-1)
    np.testing.assert_allclose(norms, 2 * p**q * (1 - p), rtol=1e-5)


@pytest.mark.parametrize("q", [0.0, 0.05, 1.0])
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_at_every_q(q, extreme):
    battery.is_finite_and_close_to_float64(
        lambda z: generalized_cross_entropy(z, LABELS, q=q), extreme
    )


def test_q_may_be_scheduled():
    traced = jax.jit(lambda q: generalized_cross_entropy(Z, LABELS, q=q))
    for q in (0.0, 0.7):
        np.testing.assert_allclose(
            traced(q), generalized_cross_entropy(Z, LABELS, q=q), rtol=1e-6
        )


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_q_outside_its_range_is_refused(q):
    with pytest.raises(ValueError, match=rf"q must be in \[0, 1\], got {q}"):
        generalized_cross_entropy(Z, LABELS, q=q)
