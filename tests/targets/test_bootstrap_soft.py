"""Soft bootstrapping."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy
from adrjax.regularizers import entropy
from adrjax.targets import bootstrap_soft

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def loss(z, y=LABELS, **options):
    return cross_entropy(z, bootstrap_soft(z, y, **options))


@functools.partial(jax.jit, static_argnames="stop_gradient")
def value_and_gradient(z, y=LABELS, **options):
    def total(z):
        values = loss(z, y, **options)
        return values.sum(), values

    gradient, values = jax.grad(total, has_aux=True)(z)
    return values, gradient


def test_target_is_the_printed_formula():
    one_hot = np.eye(CLASSES)[LABELS]
    np.testing.assert_allclose(
        bootstrap_soft(Z, LABELS, beta=0.7),
        0.7 * one_hot + 0.3 * jax.nn.softmax(Z),
        rtol=1e-6,
    )


def test_loss_is_cross_entropy_plus_entropy():
    def expected(z):
        return 0.7 * cross_entropy(z, LABELS) + 0.3 * entropy(z)

    value, gradient = value_and_gradient(Z, beta=0.7)
    np.testing.assert_allclose(value, expected(Z), rtol=1e-5)
    derivative = jax.grad(lambda z: expected(z).sum())(Z)
    np.testing.assert_allclose(gradient, derivative, atol=1e-6)


def test_stopped_gradient_is_beta_times_that_of_cross_entropy():
    value, gradient = value_and_gradient(Z, beta=0.7, stop_gradient=True)
    of_label = jax.grad(lambda z: cross_entropy(z, LABELS).sum())(Z)
    np.testing.assert_allclose(gradient, 0.7 * of_label, atol=1e-6)
    np.testing.assert_allclose(value, loss(Z, beta=0.7), rtol=1e-6)


def test_extreme_logits_are_finite():
    certain = 1e4 * np.eye(CLASSES, dtype=np.float32)
    z = np.concatenate([certain[LABELS], certain[(LABELS + 1) % CLASSES], 0 * Z])
    actual = value_and_gradient(z, np.tile(LABELS, 3))
    with jax.enable_x64(True):
        exact = value_and_gradient(z.astype(float), np.tile(LABELS, 3))
    for a, e in zip(actual, exact, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-6)


def test_masked_class_has_no_gradient():
    masked = np.arange(CLASSES) == ((LABELS + 1) % CLASSES)[:, None]
    value, gradient = value_and_gradient(np.where(masked, -np.inf, Z))
    assert np.isfinite(value).all() and np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient[masked], 0)


def test_ignored_label_has_the_loss_nan_and_the_gradient_zero():
    value, gradient = value_and_gradient(Z, np.array([-1, 3, 5, 4, 4, 2]))
    np.testing.assert_array_equal(np.isnan(value), [1, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(np.asarray(gradient)[[0, 2]], 0)
    assert np.isfinite(gradient).all()


def test_nan_logit_gives_nan():
    for broken in (np.nan, -np.inf):  # of a whole row of -inf no softmax exists
        z = np.where(np.arange(6)[:, None] == 1, broken, Z)
        value, gradient = value_and_gradient(z)
        np.testing.assert_array_equal(np.isnan(value), np.arange(6) == 1)
        np.testing.assert_array_equal(
            np.isnan(gradient).all(axis=-1), np.arange(6) == 1
        )


def test_any_leading_shape():
    flat = bootstrap_soft(Z, LABELS)
    square = bootstrap_soft(Z.reshape(2, 3, -1), LABELS.reshape(2, 3))
    np.testing.assert_allclose(square.reshape(6, -1), flat, rtol=1e-6)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(dtype):
    z = jnp.asarray(Z, dtype)
    target = bootstrap_soft(z, LABELS)
    assert target.dtype == jnp.float32
    np.testing.assert_array_equal(target, bootstrap_soft(z.astype(float), LABELS))


def test_traced_beta_is_the_known_one():
    target = jax.jit(lambda beta: bootstrap_soft(Z, LABELS, beta=beta))
    np.testing.assert_allclose(target(1.0), np.eye(CLASSES)[LABELS])
    np.testing.assert_allclose(target(0.95), bootstrap_soft(Z, LABELS), rtol=1e-6)


def test_wrong_arguments_raise():
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got 2"):
        bootstrap_soft(Z, LABELS, beta=2.0)
    with pytest.raises(ValueError, match=r"labels must be .* of shape \(6,\)"):
        bootstrap_soft(Z, LABELS[:5])
