"""Distillation: the claims of its paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, distillation
from tests import battery
from tests.battery import CLASSES, LABELS

Z, TEACHER = battery.logits(), 2 * battery.logits(seed=1)


def of_labels(z, y):
    """A teacher that knows only the labels."""
    return distillation(z, 3.0 * jax.nn.one_hot(y, CLASSES), temperature=2.0)


def loss(z):
    return of_labels(z, LABELS)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_is_the_divergence_times_the_square_of_the_temperature(temperature):
    def plain(z):
        q = jax.nn.softmax(TEACHER.astype(float) / temperature)
        log_p = jax.nn.log_softmax(z / temperature)
        return temperature**2 * jnp.sum(q * (jnp.log(q) - log_p), axis=-1)

    battery.gradient_is_that_of(
        lambda z: distillation(z, TEACHER, temperature=temperature), plain
    )


def test_its_gradient_is_that_of_cross_entropy_to_the_teacher():
    np.testing.assert_allclose(
        battery.gradient(lambda z: distillation(z, TEACHER), Z),
        battery.gradient(lambda z: cross_entropy(z, jax.nn.softmax(TEACHER)), Z),
        atol=1e-7,
    )


def test_a_hot_teacher_is_matched_logit_by_logit():
    """Eq. (4): with centred logits the gradient tends to (z - t) / c."""
    z = Z - Z.mean(-1, keepdims=True)
    teacher = TEACHER - TEACHER.mean(-1, keepdims=True)
    slope = battery.gradient(lambda z: distillation(z, teacher, temperature=1000.0), z)
    np.testing.assert_allclose(slope, (z - teacher) / CLASSES, atol=2e-3)


def test_a_student_that_agrees_has_no_loss():
    np.testing.assert_array_equal(distillation(Z, Z, temperature=3.0), 0)
    slope = battery.gradient(lambda z: distillation(z, Z, temperature=3.0), Z)
    np.testing.assert_allclose(slope, 0, atol=1e-6)


@pytest.mark.parametrize("size, temperature", [(1e4, 3.0), (1.0, 20.0)])
def test_large_logits_and_a_high_temperature_leave_its_digits(size, temperature):
    student, teacher = np.float32(size + Z), np.float32(size + 1.1 * Z)
    actual = distillation(student, teacher, temperature=temperature)
    with jax.enable_x64(True):
        exact = distillation(
            student.astype(float), teacher.astype(float), temperature=temperature
        )
    np.testing.assert_allclose(actual, exact, rtol=1e-4)


def test_no_gradient_flows_into_the_teacher():
    slope = jax.grad(lambda t: distillation(Z, t).sum())(TEACHER)
    np.testing.assert_array_equal(slope, 0)


def test_any_leading_shape_and_transformations():
    battery.any_leading_shape(loss, of_labels, Z)
    battery.transformations(loss, Z)
    battery.classes_have_no_order_and_logits_no_origin(of_labels, Z)
    battery.a_cotangent_scales_each_example(loss, Z)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_is_computed_in_float32(dtype):
    battery.half_precision_is_computed_in_float32(loss, Z, dtype)


def test_float64_stays_float64():
    battery.float64_stays_float64(loss, Z)


@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_as_student_and_as_teacher(extreme):
    battery.is_finite_and_close_to_float64(loss, extreme)
    certain = battery.EXTREMES[extreme].astype(np.float32)
    value, slope = (
        distillation(Z, certain),
        battery.gradient(lambda z: distillation(z, certain), Z),
    )
    assert np.isfinite(value).all() and np.isfinite(slope).all()


def test_classes_masked_for_both_have_no_part():
    masked = np.array(Z)
    masked[:, 2] = -np.inf
    teacher = np.array(TEACHER)
    teacher[:, 2] = -np.inf
    kept = [0, 1, 3, 4]
    np.testing.assert_allclose(
        distillation(masked, teacher),
        distillation(Z[:, kept], TEACHER[:, kept]),
        rtol=1e-5,
        atol=1e-6,
    )
    slope = battery.gradient(lambda z: distillation(z, teacher), masked)
    assert np.isfinite(slope).all() and (slope[:, 2] == 0).all()


def test_the_temperature_may_be_scheduled_and_differentiated():
    traced = jax.jit(lambda t: distillation(Z, TEACHER, temperature=t).sum())
    np.testing.assert_allclose(
        traced(3.0), distillation(Z, TEACHER, temperature=3.0).sum(), rtol=1e-5
    )
    quotient = (traced(3.01) - traced(2.99)) / 0.02
    np.testing.assert_allclose(jax.grad(traced)(3.0), quotient, rtol=1e-2)


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be positive, got"):
        distillation(Z, TEACHER, temperature=temperature)


def test_wrong_shapes_and_dtypes_are_refused():
    battery.wrong_logits_are_refused(lambda z: distillation(z, TEACHER))
    with pytest.raises(ValueError, match=r"teacher_logits must .* \(6, 5\), got .*4\)"):
        distillation(Z, TEACHER[:, :4])
    with pytest.raises(TypeError, match="teacher_logits must be floating, got int"):
        distillation(Z, np.zeros((6, 5), int))
