"""What holds for every regularizer of logits. The next regularizer is one line."""

import jax.numpy as jnp
import pytest

from tests import battery
from tests.regularizers.table import REGULARIZERS, STOPPED

every_regularizer = pytest.mark.parametrize("name", REGULARIZERS)


def of_labels(name):
    return lambda z, y: REGULARIZERS[name][0](z)


@every_regularizer
def test_any_leading_shape(name):
    battery.any_leading_shape(REGULARIZERS[name][0], of_labels(name), battery.logits())


@every_regularizer
def test_transformations(name):
    battery.transformations(REGULARIZERS[name][0], battery.logits())


@every_regularizer
def test_classes_have_no_order_and_logits_no_origin(name):
    battery.classes_have_no_order_and_logits_no_origin(
        of_labels(name), battery.logits()
    )


@every_regularizer
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(name, dtype):
    battery.half_precision_is_computed_in_float32(
        REGULARIZERS[name][0], battery.logits(), dtype
    )


@every_regularizer
def test_float64_stays_float64(name):
    battery.float64_stays_float64(REGULARIZERS[name][0], battery.logits())


@every_regularizer
@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_and_close_to_float64(name, extreme):
    battery.is_finite_and_close_to_float64(REGULARIZERS[name][0], extreme)


@every_regularizer
def test_gradient_is_the_derivative(name):
    regularizer, plain = REGULARIZERS[name]
    battery.gradient_is_that_of(regularizer, plain)
    if name not in STOPPED:
        battery.gradient_is_a_difference_quotient(regularizer)


@every_regularizer
def test_a_cotangent_scales_each_example(name):
    battery.a_cotangent_scales_each_example(REGULARIZERS[name][0], battery.logits())


@every_regularizer
def test_masked_classes_have_no_part(name):
    battery.masked_classes_have_no_part(of_labels(name), battery.logits())


@every_regularizer
def test_wrong_arguments_are_refused(name):
    battery.wrong_logits_are_refused(REGULARIZERS[name][0])
