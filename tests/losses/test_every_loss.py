"""What holds for every loss of logits and labels. The next loss is one line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from tests import battery
from tests.battery import LABELS
from tests.losses.table import LOSSES, OF_ALL_CLASSES, RESCALED

every_loss = pytest.mark.parametrize("name", LOSSES)


def bound(name):
    return lambda z: LOSSES[name][0](z, LABELS)


@every_loss
def test_any_leading_shape(name):
    battery.any_leading_shape(bound(name), LOSSES[name][0], battery.logits())


@every_loss
def test_transformations(name):
    battery.transformations(bound(name), battery.logits())


@every_loss
def test_classes_have_no_order_and_logits_no_origin(name):
    battery.classes_have_no_order_and_logits_no_origin(
        LOSSES[name][0], battery.logits()
    )


@every_loss
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    battery.half_precision_is_computed_in_float32(bound(name), battery.logits(), dtype)


@every_loss
def test_float64_stays_float64(name):
    battery.float64_stays_float64(bound(name), battery.logits())


@every_loss
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_and_close_to_float64(name, extreme):
    battery.is_finite_and_close_to_float64(bound(name), extreme)


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - RESCALED))
def test_gradient_is_the_derivative(name):
    plain = LOSSES[name][1]
    battery.gradient_is_a_difference_quotient(bound(name))
    battery.gradient_is_that_of(bound(name), lambda z: plain(z, LABELS))


@every_loss
def test_a_cotangent_scales_each_example(name):
    battery.a_cotangent_scales_each_example(bound(name), battery.logits())


@pytest.mark.parametrize("name", sorted(LOSSES.keys() - OF_ALL_CLASSES))
def test_masked_classes_have_no_part(name):
    battery.masked_classes_have_no_part(LOSSES[name][0], battery.logits())


def test_narrow_labels_name_as_many_classes_as_they_can():
    z = np.zeros((2, 256), np.float32)
    value = losses.cross_entropy(z, np.array([0, 255], np.uint8))
    np.testing.assert_allclose(value, np.log(256), rtol=1e-6)
    value = losses.cross_entropy(np.zeros((1, 300), np.float32), np.array([9], np.int8))
    np.testing.assert_allclose(value, np.log(300), rtol=1e-6)


@every_loss
def test_one_class_is_certain(name):
    z = np.array([[3.0], [-2.0]], np.float32)

    def loss(z):
        return LOSSES[name][0](z, np.array([0, 0]))

    np.testing.assert_array_equal(loss(z), 0)
    np.testing.assert_array_equal(battery.gradient(loss, z), 0)


@every_loss
def test_an_unknown_label_is_nan_and_its_gradient_zero(name):
    """So that `jnp.mean(losses, where=mask)` leaves ignored examples out."""
    z, y = battery.logits(), np.array([-1, 3, 5, 255, 0, 1])
    ignored = (y < 0) | (y >= battery.CLASSES)

    def masked(z, y):
        return jnp.mean(LOSSES[name][0](z, y), where=(y >= 0) & (y < battery.CLASSES))

    np.testing.assert_array_equal(np.isnan(jax.jit(LOSSES[name][0])(z, y)), ignored)
    value, slope = jax.jit(jax.value_and_grad(masked))(z, y)
    kept = jax.value_and_grad(lambda z: LOSSES[name][0](z, y[~ignored]).mean())
    kept_value, kept_slope = jax.jit(kept)(z[~ignored])
    np.testing.assert_allclose(value, kept_value, rtol=1e-6)
    np.testing.assert_allclose(slope[~ignored], kept_slope, rtol=1e-5)
    assert (np.asarray(slope)[ignored] == 0).all()


@every_loss
def test_wrong_arguments_are_refused(name):
    loss = LOSSES[name][0]
    battery.wrong_logits_are_refused(bound(name))
    z = battery.logits()
    with pytest.raises(ValueError, match=r"labels .*of shape \(6,\).*, got .* \(5,\)"):
        loss(z, LABELS[:5])
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        loss(z, LABELS + np.array([0, 0, 0, 1, 0, 0]))
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got -1..4"):
        loss(z, LABELS - np.array([1, 0, 0, 0, 0, 0]))
    with pytest.raises((TypeError, ValueError), match=r"labels .*\.astype\(int\)"):
        loss(z, LABELS.astype(np.float32))
