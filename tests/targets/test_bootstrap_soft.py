"""Soft bootstrapping."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy
from adrjax.regularizers import entropy
from adrjax.targets import bootstrap_soft
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()


def loss(z, y=LABELS, **options):
    return cross_entropy(z, bootstrap_soft(z, y, **options))


def test_the_target_is_that_printed():
    one_hot = np.eye(CLASSES)[LABELS]
    np.testing.assert_allclose(
        bootstrap_soft(Z, LABELS, beta=0.7),
        0.7 * one_hot + 0.3 * jax.nn.softmax(Z),
        rtol=1e-6,
    )


def test_the_loss_is_cross_entropy_and_entropy():
    battery.gradient_is_that_of(
        lambda z: loss(z, beta=0.7),
        lambda z: 0.7 * cross_entropy(z, LABELS) + 0.3 * entropy(z),
    )


def test_without_gradient_the_belief_does_not_move_the_network():
    stopped = battery.gradient(lambda z: loss(z, beta=0.7, stop_gradient=True), Z)
    to_label = battery.gradient(lambda z: cross_entropy(z, LABELS), Z)
    np.testing.assert_allclose(stopped, 0.7 * to_label, atol=1e-6)
    np.testing.assert_allclose(
        loss(Z, beta=0.7, stop_gradient=True), loss(Z, beta=0.7), rtol=1e-6
    )


@pytest.mark.parametrize("stop_gradient", [False, True])
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_its_loss_is_finite(extreme, stop_gradient):
    battery.is_finite_and_close_to_float64(
        lambda z: loss(z, stop_gradient=stop_gradient), extreme
    )


def test_masked_classes_have_no_part():
    battery.masked_classes_have_no_part(loss, Z)


def test_any_leading_shape_and_dtype():
    battery.any_leading_shape(loss, loss, Z)
    battery.transformations(loss, Z)
    battery.half_precision_is_computed_in_float32(loss, Z, jnp.bfloat16)
    battery.float64_stays_float64(loss, Z)


def test_beta_may_be_scheduled():
    target = jax.jit(lambda beta: bootstrap_soft(Z, LABELS, beta=beta))
    np.testing.assert_allclose(target(1.0), np.eye(CLASSES)[LABELS])
    np.testing.assert_allclose(target(0.95), bootstrap_soft(Z, LABELS), rtol=1e-6)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got 2"):
        bootstrap_soft(Z, LABELS, beta=2.0)
    with pytest.raises(ValueError, match=r"labels .*of shape \(6,\)"):
        bootstrap_soft(Z, LABELS[:5])
