"""Focal loss: the claims of its paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, focal
from tests import battery
from tests.battery import LABELS

Z = battery.logits()


def test_gamma_0_is_cross_entropy():
    np.testing.assert_allclose(
        focal(Z, LABELS, gamma=0.0), cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_gamma_moves_the_loss_as_printed():
    p = jnp.exp(-cross_entropy(Z, LABELS))
    np.testing.assert_allclose(
        focal(Z, LABELS, gamma=5.0), -((1 - p) ** 5) * jnp.log(p), rtol=1e-5
    )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 5.0])
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_at_every_gamma(gamma, extreme):
    battery.is_finite_and_close_to_float64(
        lambda z: focal(z, LABELS, gamma=gamma), extreme
    )


def test_gamma_may_be_scheduled_and_differentiated():
    value, slope = jax.jit(jax.value_and_grad(lambda g: focal(Z, LABELS, gamma=g)[0]))(
        2.0
    )
    p = jnp.exp(-cross_entropy(Z, LABELS)[0])
    np.testing.assert_allclose(value, focal(Z, LABELS)[0], rtol=1e-6)
    np.testing.assert_allclose(slope, value * jnp.log1p(-p), rtol=1e-5)


def test_negative_gamma_is_refused():
    with pytest.raises(ValueError, match="gamma must be at least 0, got -1"):
        focal(Z, LABELS, gamma=-1.0)
