"""Gradient rescaling against its paper: every claim of Eqs. (6) and (7) is a test."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    generalized_cross_entropy,
    gradient_rescaling,
    mean_absolute_error,
)

LOGITS = jnp.array([[2.0, -1.0, 0.5, 0.0], [0.3, 0.1, -0.2, 4.0], [1.0, 1.0, 1.0, 1.0]])
LABELS = jnp.array([0, 2, 1])


def identity(x):
    return x


def logit_gradient(loss, logits=LOGITS, labels=LABELS, **kwargs):
    return jax.grad(lambda z: loss(z, labels, **kwargs).sum())(logits)


def test_value_is_cross_entropy():
    np.testing.assert_allclose(
        gradient_rescaling(LOGITS, LABELS), cross_entropy(LOGITS, LABELS), rtol=1e-6
    )


@pytest.mark.parametrize("beta, lam", [(0.0, 0.0), (2.0, 0.0), (8.0, 0.5), (24.0, 2.0)])
def test_l1_norm_of_gradient_is_the_weight(beta, lam):
    p = jnp.exp(-cross_entropy(LOGITS, LABELS))
    expected = jnp.exp(beta * p**lam * (1 - p))
    actual = jnp.abs(logit_gradient(gradient_rescaling, beta=beta, lam=lam)).sum(-1)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "beta, lam, special_case",
    [
        (2.0, 0.0, cross_entropy),
        (4.0, 1.0, mean_absolute_error),
        (2.0, 0.7, generalized_cross_entropy),  # Eq. (7) prints beta = 1; Eq. (4) has 2
    ],
    ids=["CCE", "MAE", "GCE"],
)
def test_special_cases_of_equation_7(beta, lam, special_case):
    np.testing.assert_allclose(
        logit_gradient(gradient_rescaling, beta=beta, lam=lam, g=identity),
        logit_gradient(special_case),
        rtol=1e-5,
        atol=1e-7,
    )


@pytest.mark.parametrize(
    "lam, focus", [(0.0, 0.0), (0.5, 1 / 3), (1.0, 0.5), (2.0, 2 / 3)]
)
def test_emphasis_focus(lam, focus):
    p = jnp.linspace(0.001, 0.999, 999)
    logits = jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)
    labels = jnp.zeros(len(p), int)
    weights = jnp.abs(logit_gradient(gradient_rescaling, logits, labels, lam=lam))
    np.testing.assert_allclose(p[jnp.argmax(weights.sum(-1))], focus, atol=2e-3)


def test_examples_learnt_long_ago_keep_the_weight_one():
    logits = 50.0 * jax.nn.one_hot(LABELS, 4)
    norms = jnp.abs(logit_gradient(gradient_rescaling, logits)).sum(-1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-6)
    norms = jnp.abs(logit_gradient(gradient_rescaling, logits, g=identity)).sum(-1)
    np.testing.assert_allclose(norms, 0.0, atol=1e-6)


@pytest.mark.parametrize("eps", [1e-8, 1e-3])
def test_eps_is_that_of_the_authors_code(eps):
    """It divides p - y by 2 (1 - p_y) + eps, and multiplies by the weight."""
    with jax.enable_x64(True):
        z = jnp.concatenate([LOGITS, 20.0 * jnp.eye(4)[:1]]).astype(float)
        y = jnp.append(LABELS, 0)
        p, one_hot = jax.nn.softmax(z), jax.nn.one_hot(y, 4)
        p_y = jnp.sum(p * one_hot, axis=-1, keepdims=True)
        weight = jnp.exp(8.0 * p_y**0.5 * (1 - p_y))
        expected = weight * (p - one_hot) / (2 * (1 - p_y) + eps)
        actual = logit_gradient(gradient_rescaling, z, y, eps=eps)
        np.testing.assert_allclose(actual, expected, rtol=1e-7)


def test_eps_leaves_learnt_examples_alone():
    logits = 30.0 * jax.nn.one_hot(LABELS, 4)
    norms = jnp.abs(logit_gradient(gradient_rescaling, logits, eps=1e-8)).sum(-1)
    assert (norms < 1e-4).all()


def test_normalized_weights_give_the_mean_loss_a_gradient_of_norm_one():
    def mean(z):
        return gradient_rescaling(z, LABELS, normalize=True).mean()

    gradient = jax.grad(mean)(LOGITS)
    np.testing.assert_allclose(jnp.abs(gradient).sum(), 1.0, rtol=1e-6)
    plain = logit_gradient(gradient_rescaling)
    np.testing.assert_allclose(
        gradient, plain / jnp.abs(plain).sum(), rtol=1e-5, atol=1e-8
    )


def test_normalized_weights_of_zero_stay_zero():
    """All examples are certain, and g is the identity."""

    def mean(z):
        return gradient_rescaling(z, LABELS, g=lambda w: w, normalize=True).mean()

    np.testing.assert_array_equal(jax.grad(mean)(1e4 * jax.nn.one_hot(LABELS, 4)), 0)


def test_beta_and_lam_may_be_traced_and_carry_no_gradient():
    def loss(beta, lam, z):
        return gradient_rescaling(z, LABELS, beta=beta, lam=lam).sum()

    slopes = jax.jit(jax.grad(loss, argnums=(0, 1, 2)))(8.0, 0.5, LOGITS)
    np.testing.assert_array_equal(slopes[:2], 0.0)
    np.testing.assert_allclose(
        slopes[2], logit_gradient(gradient_rescaling), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("name", ["beta", "lam", "eps"])
def test_negative_emphasis_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
        gradient_rescaling(LOGITS, LABELS, **{name: -1.0})
