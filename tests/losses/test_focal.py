"""Focal loss."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.losses import cross_entropy, focal

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def test_gamma_0_is_cross_entropy():
    np.testing.assert_allclose(
        focal(Z, LABELS, gamma=0.0), cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_value_is_the_printed_formula():
    p = jnp.exp(-cross_entropy(Z, LABELS))
    np.testing.assert_allclose(
        focal(Z, LABELS, gamma=5.0), -((1 - p) ** 5) * jnp.log(p), rtol=1e-5
    )


def test_logits_0_and_z_are_the_sigmoid_focal_loss():
    z, is_positive = Z[:, 0], LABELS % 2
    actual = focal(np.stack([0 * z, z], -1), is_positive, gamma=3.0)
    expected = optax.sigmoid_focal_loss(z, is_positive.astype(np.float32), gamma=3.0)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_gradient_by_gamma():
    value, gradient = jax.jit(
        jax.value_and_grad(lambda g: focal(Z, LABELS, gamma=g)[0])
    )(2.0)
    p = jnp.exp(-cross_entropy(Z, LABELS)[0])
    np.testing.assert_allclose(value, focal(Z, LABELS)[0], rtol=1e-6)
    np.testing.assert_allclose(gradient, value * jnp.log1p(-p), rtol=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradient_of_an_impossible_label_is_that_of_cross_entropy(gamma):
    """At p = 0 the weight is 1 and its derivative 0."""
    z = jnp.array([0.0, -jnp.inf, 1.0])
    value, gradients = jax.value_and_grad(
        lambda z, gamma: focal(z, 1, gamma=gamma), argnums=(0, 1)
    )(z, gamma)
    assert value == jnp.inf
    np.testing.assert_allclose(gradients[0], [0.268941, -1, 0.731059], rtol=1e-5)
    assert gradients[1] == 0


def test_dtype_of_gamma_does_not_change_that_of_the_loss():
    with jax.enable_x64(True):
        for gamma in (2, np.float64(2), jnp.float64(2)):
            assert focal(Z, LABELS, gamma=gamma).dtype == jnp.float32
        traced = jax.eval_shape(
            lambda gamma: focal(Z, LABELS, gamma=gamma), jnp.float64(2)
        )
        assert traced.dtype == jnp.float32


@pytest.mark.parametrize(
    "gamma, message",
    [
        (-1.0, "gamma must be at least 0, got -1"),
        (np.nan, "gamma must be at least 0, got nan"),
        ([1.0, 2.0], r"gamma must be one number, got shape \(2,\)"),
    ],
)
def test_wrong_gamma_raises(gamma, message):
    with pytest.raises(ValueError, match=message):
        focal(Z, LABELS, gamma=gamma)
