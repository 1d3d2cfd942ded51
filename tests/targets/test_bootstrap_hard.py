"""Hard bootstrapping."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy
from adrjax.targets import bootstrap_hard
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()


def loss(z, y=LABELS):
    return cross_entropy(z, bootstrap_hard(z, y))


def test_the_target_is_that_printed():
    eye = np.eye(CLASSES)
    np.testing.assert_allclose(
        bootstrap_hard(Z, LABELS, beta=0.6),
        0.6 * eye[LABELS] + 0.4 * eye[Z.argmax(-1)],
        rtol=1e-6,
    )


def test_of_equal_logits_the_lowest_class_is_taken():
    target = bootstrap_hard(np.array([0.0, 2.0, 2.0]), 2, beta=0.25)
    np.testing.assert_allclose(target, [0, 0.75, 0.25])


def test_no_gradient_flows_through_the_target():
    slope = jax.grad(lambda z: (bootstrap_hard(z, LABELS) * Z).sum())(Z)
    np.testing.assert_array_equal(slope, 0)


@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_its_loss_is_finite(extreme):
    battery.is_finite_and_close_to_float64(loss, extreme)


def test_any_leading_shape_and_dtype():
    battery.any_leading_shape(loss, loss, Z)
    battery.transformations(loss, Z)
    battery.half_precision_is_computed_in_float32(loss, Z, jnp.float16)
    battery.float64_stays_float64(loss, Z)


def test_beta_may_be_scheduled():
    target = jax.jit(lambda beta: bootstrap_hard(Z, LABELS, beta=beta))
    np.testing.assert_allclose(target(1.0), np.eye(CLASSES)[LABELS])
    np.testing.assert_allclose(target(0.8), bootstrap_hard(Z, LABELS), rtol=1e-6)


def test_beta_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"beta must be in \[0, 1\], got -1"):
        bootstrap_hard(Z, LABELS, beta=-1.0)
