"""The errata of gradient rescaling: what is printed, and what contradicts it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    generalized_cross_entropy,
    gradient_rescaling,
    truncated_generalized_cross_entropy,
)


def binary(p):
    """Logits of two classes, the label's first."""
    return jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)


def of_label_0(loss, **options):
    return lambda z: loss(z, jnp.zeros(z.shape[:-1], int), **options)


def gradient(f, z):
    return jax.grad(lambda z: f(z).sum())(z)


def weights(loss, p, **options):
    """The L1 norm of the gradient at each probability of the label."""
    slope = gradient(of_label_0(loss, **options), binary(jnp.asarray(p)))
    return jnp.abs(slope).sum(-1)


def identity(x):
    return x


@pytest.mark.parametrize("beta, weight", [(1.0, 0.301), (2.0, 0.603)])
def test_generalized_cross_entropy_is_beta_2_and_not_1(beta, weight):
    rescaled = weights(gradient_rescaling, 0.3, beta=beta, lam=0.7, g=identity)
    np.testing.assert_allclose(rescaled, weight, atol=5e-4)
    wanted = weights(generalized_cross_entropy, 0.3, q=0.7)
    np.testing.assert_allclose(wanted, 0.603, atol=5e-4)


def test_the_ratios_of_equation_6_are_0_over_0_from_a_margin_of_17_on():
    """In float32; what the library computes keeps its norm of 1."""
    z = jnp.array([[16.0, 0], [17, 0]], jnp.float32)
    p = jax.nn.softmax(z)[:, 0]
    printed = (p - 1) * jnp.exp(8 * p**0.5 * (1 - p)) / (2 * (1 - p))
    np.testing.assert_array_equal(jnp.isnan(printed), [False, True])
    norms = jnp.abs(gradient(of_label_0(gradient_rescaling), z)).sum(-1)
    np.testing.assert_allclose(norms, 1, atol=2e-3)


@pytest.mark.parametrize(
    "missing, potential", [(1e-5, 12.92), (1e-10, 18.68), (1e-20, 30.19)]
)
def test_the_exact_loss_is_unbounded_and_no_error_function(missing, potential):
    """How far it falls from p = 0.5 to 1 less what is missing: ln 10 / 2 a decade."""
    u = jnp.linspace(0, -np.log(missing), 4001)
    z = jnp.stack([u, jnp.zeros_like(u)], axis=-1)
    slope = gradient(of_label_0(gradient_rescaling), z)[:, 0]
    np.testing.assert_allclose(
        -jax.scipy.integrate.trapezoid(slope, u), potential, atol=6e-3
    )


def test_examples_learnt_long_ago_keep_a_gradient_of_norm_1():
    z = jnp.array([[50.0, 0]])
    of_exp = gradient(of_label_0(gradient_rescaling), z)
    np.testing.assert_allclose(jnp.abs(of_exp).sum(), 1, rtol=1e-12)
    of_identity = gradient(of_label_0(gradient_rescaling, g=identity), z)
    np.testing.assert_allclose(jnp.abs(of_identity).sum(), 0, atol=1e-12)


@pytest.mark.parametrize("lam, focus", [(0.5, 1 / 3), (1.0, 1 / 2), (2.0, 2 / 3)])
def test_the_emphasis_focus_is_lam_over_lam_plus_1(lam, focus):
    p = jnp.linspace(0.001, 0.999, 2995)
    at = p[weights(gradient_rescaling, p, lam=lam).argmax()]
    np.testing.assert_allclose(at, focus, atol=3e-4)


def test_without_beta_there_is_no_emphasis_focus():
    p = jnp.linspace(0.001, 0.999, 99)
    np.testing.assert_allclose(weights(gradient_rescaling, p, beta=0.0), 1, rtol=1e-12)


@pytest.mark.parametrize(
    "lam, spread", [(0.0, 4.2e5), (0.5, 50.4), (1.0, 4.55), (2.0, 0.63)]
)
def test_the_emphasis_spread_falls_with_lam(lam, spread):
    """Over p uniform in 0..1, at beta = 8."""
    p = (jnp.arange(20_000) + 0.5) / 20_000
    variance = weights(gradient_rescaling, p, beta=8.0, lam=lam).var()
    np.testing.assert_allclose(variance, spread, rtol=1e-2)


@pytest.mark.parametrize(
    "beta, lam, weight", [(8, 0.5, 9.7), (12, 0.5, 30.4), (16, 1, 4.2), (24, 2, 1.24)]
)
def test_the_first_steps_are_as_long_as_beta_and_lam_make_them(beta, lam, weight):
    """At p = 1/10, where cross entropy has the weight 1.8."""
    actual = weights(gradient_rescaling, 0.1, beta=float(beta), lam=float(lam))
    np.testing.assert_allclose(actual, weight, rtol=1e-2)
    np.testing.assert_allclose(weights(cross_entropy, 0.1), 1.8, rtol=1e-12)


def test_q_of_0_divides_by_0_and_means_cross_entropy():
    z = binary(jnp.array([0.1, 0.5, 0.9]))
    with np.errstate(invalid="ignore"):
        assert np.isnan((1 - np.float64(0.1) ** 0) / np.float64(0))
    np.testing.assert_allclose(
        of_label_0(generalized_cross_entropy, q=0.0)(z),
        of_label_0(cross_entropy)(z),
        rtol=1e-12,
    )


def test_the_gradient_of_equation_5_jumps_at_one_half():
    at = weights(truncated_generalized_cross_entropy, [0.5 - 1e-9, 0.5 + 1e-9], q=0.7)
    np.testing.assert_allclose(at, [0, 0.616], atol=5e-4)
