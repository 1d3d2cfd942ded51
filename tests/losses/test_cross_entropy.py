"""Cross entropy with integer labels and with distributions."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.losses import cross_entropy

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
ONE_HOT = np.eye(CLASSES, dtype=np.float32)[LABELS]


def test_integer_labels_agree_with_optax():
    np.testing.assert_allclose(
        cross_entropy(Z, LABELS),
        optax.softmax_cross_entropy_with_integer_labels(Z, LABELS),
        rtol=1e-6,
    )


def test_one_hot_distributions_agree_with_integer_labels():
    np.testing.assert_allclose(
        cross_entropy(Z, ONE_HOT), cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_lists_are_arrays():
    np.testing.assert_allclose(cross_entropy([[0.0, 1.0]], [1]), 0.313262, rtol=1e-5)
    np.testing.assert_allclose(
        cross_entropy([[0.0, 1.0]], [[0.5, 0.5]]), 0.813262, rtol=1e-5
    )


def test_distributions_need_not_sum_to_one():
    """The rows of an inverse transition matrix do not, in backward correction."""
    targets = np.array([[2.0, -0.5, 0.3, 0.0, 0.1]] * 6)
    with jax.enable_x64(True):
        value, gradient = jax.value_and_grad(lambda z: cross_entropy(z, targets).sum())(
            Z.astype(np.float64)
        )
        expected, derivative = jax.value_and_grad(
            lambda z: -jnp.sum(targets * jax.nn.log_softmax(z))
        )(Z.astype(np.float64))
        np.testing.assert_allclose(value, expected, rtol=1e-10)
        np.testing.assert_allclose(gradient, derivative, rtol=1e-8, atol=1e-12)


def test_first_and_second_derivative_by_the_targets():
    """Also by targets of 0, which add nothing to the value."""
    z, targets = Z[0], ONE_HOT[0]
    gradient = jax.grad(cross_entropy, argnums=1)(z, targets)
    log_p = jax.nn.log_softmax(z)
    np.testing.assert_allclose(gradient, -log_p, rtol=1e-6)

    def half_square(targets):
        return cross_entropy(z, targets) ** 2 / 2

    hessian = jax.jit(jax.hessian(half_square))(targets)
    np.testing.assert_allclose(hessian, np.outer(log_p, log_p), rtol=1e-5)


def test_masked_class_with_a_zero_target_adds_nothing():
    z, targets = jnp.array([0.0, -np.inf, 1.0]), np.array([0.5, 0.0, 0.5])
    value, gradient = jax.value_and_grad(cross_entropy)(z, targets)
    np.testing.assert_allclose(value, 0.813262, rtol=1e-5)
    np.testing.assert_allclose(gradient, [-0.231059, 0, 0.231059], rtol=1e-5)


def test_target_with_a_nan_has_the_loss_nan_and_the_gradient_zero():
    targets = np.where(np.arange(6)[:, None] == 2, np.nan, ONE_HOT)

    def mean_of_others(z, targets):
        values = cross_entropy(z, targets)
        return jnp.mean(values, where=~jnp.isnan(values)), values

    gradients, values = jax.jit(jax.grad(mean_of_others, argnums=(0, 1), has_aux=True))(
        Z, targets
    )
    np.testing.assert_array_equal(np.isnan(values), np.arange(6) == 2)
    for gradient in gradients:
        np.testing.assert_array_equal(gradient[2], 0)
        assert np.isfinite(gradient).all()


def test_distributions_of_another_shape_raise():
    with pytest.raises(
        ValueError, match=r"distributions .*\(6, 5\), got float32 of shape \(6, 4\)"
    ):
        cross_entropy(Z, np.ones((6, 4), np.float32))
