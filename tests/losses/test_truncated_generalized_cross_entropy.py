"""Truncated generalized cross entropy: the claims of its papers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    generalized_cross_entropy,
    truncated_generalized_cross_entropy,
)
from tests import battery
from tests.battery import LABELS

Z = 2 * battery.logits()


def binary(p):
    """Logits of two classes, the label's first."""
    return jnp.stack([jnp.log(p) - jnp.log1p(-p), jnp.zeros_like(p)], axis=-1)


def norms(p, **options):
    """The L1 norm of the gradient at each probability of the label."""

    def loss(z):
        labels = jnp.zeros(z.shape[:-1], int)
        return truncated_generalized_cross_entropy(z, labels, **options)

    return jnp.abs(battery.gradient(loss, binary(jnp.asarray(p)))).sum(-1)


def test_l1_norm_of_gradient_is_equation_5():
    p = jnp.array([0.01, 0.3, 0.49, 0.51, 0.8, 0.99])
    expected = jnp.where(p > 0.5, 2 * p**0.7 * (1 - p), 0)
    np.testing.assert_allclose(norms(p), expected, rtol=1e-5)


def test_at_the_threshold_the_gradient_is_zero_and_jumps_to_0_616():
    np.testing.assert_array_equal(norms([0.5]), 0)
    np.testing.assert_allclose(norms([0.50001]), 0.616, atol=1e-3)


def test_what_is_given_up_costs_as_much_as_the_threshold():
    z = binary(jnp.array([0.01, 0.3, 0.5]))
    value = truncated_generalized_cross_entropy(z, np.zeros(3, int))
    np.testing.assert_allclose(value, (1 - 0.5**0.7) / 0.7, rtol=1e-6)


def test_threshold_0_is_generalized_cross_entropy():
    np.testing.assert_allclose(
        truncated_generalized_cross_entropy(Z, LABELS, q=0.4, threshold=0.0),
        generalized_cross_entropy(Z, LABELS, q=0.4),
        rtol=1e-6,
    )


def test_threshold_1_gives_every_example_up():
    np.testing.assert_array_equal(
        truncated_generalized_cross_entropy(Z, LABELS, threshold=1.0), 0
    )
    np.testing.assert_array_equal(norms([0.3, 0.999], threshold=1.0), 0)


def test_q_0_is_cross_entropy_of_the_larger_probability():
    p = jnp.array([0.1, 0.3, 0.9])
    value = truncated_generalized_cross_entropy(
        binary(p), np.zeros(3, int), q=0.0, threshold=0.2
    )
    np.testing.assert_allclose(value, -jnp.log(jnp.maximum(p, 0.2)), rtol=1e-5)


@pytest.mark.parametrize("q, threshold", [(0.0, 0.1), (0.3, 1e-6), (1.0, 0.99)])
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_at_every_q_and_threshold(q, threshold, extreme):
    battery.is_finite_and_close_to_float64(
        lambda z: truncated_generalized_cross_entropy(
            z, LABELS, q=q, threshold=threshold
        ),
        extreme,
    )


def test_q_and_threshold_may_be_scheduled():
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
def test_what_is_outside_its_range_is_refused(name):
    with pytest.raises(ValueError, match=rf"{name} must be in \[0, 1\], got 1.5"):
        truncated_generalized_cross_entropy(Z, LABELS, **{name: 1.5})
