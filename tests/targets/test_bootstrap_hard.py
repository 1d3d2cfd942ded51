"""Hard bootstrapping."""

import jax
import numpy as np
import pytest

from adrjax.losses import cross_entropy
from adrjax.targets import bootstrap_hard

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


@jax.jit
def value_and_gradient(z, y=LABELS):
    def total(z):
        values = cross_entropy(z, bootstrap_hard(z, y))
        return values.sum(), values

    gradient, values = jax.grad(total, has_aux=True)(z)
    return values, gradient


def test_target_is_the_printed_formula():
    eye = np.eye(CLASSES)
    np.testing.assert_allclose(
        bootstrap_hard(Z, LABELS, beta=0.6),
        0.6 * eye[LABELS] + 0.4 * eye[Z.argmax(-1)],
        rtol=1e-6,
    )


def test_prediction_of_equal_logits_is_the_lowest_class():
    target = bootstrap_hard(np.array([0.0, 2.0, 2.0]), 2, beta=0.25)
    np.testing.assert_allclose(target, [0, 0.75, 0.25])


def test_no_gradient_flows_through_the_target():
    gradient = jax.grad(lambda z: (bootstrap_hard(z, LABELS) * Z).sum())(Z)
    np.testing.assert_array_equal(gradient, 0)


def test_extreme_logits_are_finite():
    certain = 1e4 * np.eye(CLASSES, dtype=np.float32)
    z = np.concatenate([certain[LABELS], certain[(LABELS + 1) % CLASSES], 0 * Z])
    actual = value_and_gradient(z, np.tile(LABELS, 3))
    with jax.enable_x64(True):
        exact = value_and_gradient(z.astype(float), np.tile(LABELS, 3))
    for a, e in zip(actual, exact, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-6)


def test_ignored_label_has_the_loss_nan_and_the_gradient_zero():
    value, gradient = value_and_gradient(Z, np.array([-1, 3, 5, 4, 4, 2]))
    np.testing.assert_array_equal(np.isnan(value), [1, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(np.asarray(gradient)[[0, 2]], 0)
    assert np.isfinite(gradient).all()


def test_nan_logit_gives_nan():
    z = np.where(np.arange(6)[:, None] == 1, np.nan, Z)
    target = bootstrap_hard(z, LABELS)
    np.testing.assert_array_equal(np.isnan(target).all(axis=-1), np.arange(6) == 1)


def test_any_leading_shape():
    flat = bootstrap_hard(Z, LABELS)
    square = bootstrap_hard(Z.reshape(2, 3, -1), LABELS.reshape(2, 3))
    np.testing.assert_array_equal(square.reshape(6, -1), flat)


def test_traced_beta_is_the_known_one():
    target = jax.jit(lambda beta: bootstrap_hard(Z, LABELS, beta=beta))
    np.testing.assert_allclose(target(1.0), np.eye(CLASSES)[LABELS])
    np.testing.assert_allclose(target(0.8), bootstrap_hard(Z, LABELS), rtol=1e-6)


def test_beta_outside_0_and_1_raises():
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got -1"):
        bootstrap_hard(Z, LABELS, beta=-1.0)
