"""Knowledge distillation."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, distillation

CLASSES = 5
Z, TEACHER = np.random.default_rng(0).normal(size=(2, 6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


@jax.jit
def value_and_gradient(z, teacher, temperature=1.0):
    loss = functools.partial(distillation, temperature=temperature)
    return loss(z, teacher), jax.grad(lambda z: loss(z, teacher).sum())(z)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_is_the_divergence_times_the_square_of_the_temperature(temperature):
    def plain(z):
        q = jax.nn.softmax(TEACHER.astype(float) / temperature)
        log_p = jax.nn.log_softmax(z / temperature)
        return temperature**2 * jnp.sum(q * (jnp.log(q) - log_p), axis=-1)

    with jax.enable_x64(True):
        z, teacher = Z.astype(float), TEACHER.astype(float)
        value, gradient = value_and_gradient(z, teacher, temperature)
        np.testing.assert_allclose(value, plain(z), rtol=1e-10)
        derivative = jax.grad(lambda z: plain(z).sum())(z)
        np.testing.assert_allclose(gradient, derivative, rtol=1e-8, atol=1e-12)


def test_gradient_is_that_of_cross_entropy_with_the_teacher():
    _, gradient = value_and_gradient(Z, TEACHER)
    soft = jax.grad(lambda z: cross_entropy(z, jax.nn.softmax(TEACHER)).sum())(Z)
    np.testing.assert_allclose(gradient, soft, atol=1e-7)


def test_hot_teacher_is_matched_logit_by_logit():
    """Eq. (4): with centred logits the gradient tends to (z - t) / c."""
    z = Z - Z.mean(-1, keepdims=True)
    teacher = TEACHER - TEACHER.mean(-1, keepdims=True)
    _, gradient = value_and_gradient(z, teacher, 1000.0)
    np.testing.assert_allclose(gradient, (z - teacher) / CLASSES, atol=2e-3)


def test_student_that_agrees_has_no_loss():
    value, gradient = value_and_gradient(Z, Z, 3.0)
    np.testing.assert_array_equal(value, 0)
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


@pytest.mark.parametrize("size, temperature", [(1e4, 3.0), (1.0, 20.0)])
def test_large_logits_and_high_temperatures_keep_the_digits(size, temperature):
    student, teacher = np.float32(size + Z), np.float32(size + 1.1 * Z)
    actual, _ = value_and_gradient(student, teacher, temperature)
    with jax.enable_x64(True):
        exact, _ = value_and_gradient(
            student.astype(float), teacher.astype(float), temperature
        )
    np.testing.assert_allclose(actual, exact, rtol=1e-4)


def test_no_gradient_flows_into_the_teacher():
    gradient = jax.grad(lambda t: distillation(Z, t).sum())(TEACHER)
    np.testing.assert_array_equal(gradient, 0)


def test_any_leading_shape():
    value = distillation(Z, TEACHER)
    square = distillation(Z.reshape(2, 3, -1), TEACHER.reshape(2, 3, -1))
    np.testing.assert_allclose(square.ravel(), value, rtol=1e-6)
    np.testing.assert_allclose(
        jax.vmap(distillation)(Z, TEACHER), value, rtol=1e-6, atol=1e-7
    )
    assert distillation(Z[:0], TEACHER[:0]).shape == (0,)


@pytest.mark.parametrize(
    "dtype, promoted",
    [("bfloat16", "float32"), ("float16", "float32"), ("float64", "float64")],
)
def test_dtypes_are_those_of_the_student(dtype, promoted):
    with jax.enable_x64(dtype == "float64"):
        student = jnp.asarray(Z, dtype)
        value, gradient = jax.eval_shape(value_and_gradient, student, TEACHER)
    assert value.dtype == promoted and gradient.dtype == dtype


def test_extreme_student_and_teacher_are_finite():
    certain = 1e4 * np.eye(CLASSES, dtype=np.float32)
    extremes = [certain[LABELS], -certain[LABELS], 0 * Z, np.full_like(Z, 1e4), Z]
    students = np.concatenate([z for z in extremes for _ in extremes])
    teachers = np.concatenate([t for _ in extremes for t in extremes])
    actual = value_and_gradient(students, teachers)
    with jax.enable_x64(True):
        exact = value_and_gradient(students.astype(float), teachers.astype(float))
    for a, e in zip(actual, exact, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-6)


def test_classes_masked_in_both_add_nothing():
    masked, teacher = np.array(Z), np.array(TEACHER)
    masked[:, 2] = teacher[:, 2] = -np.inf
    kept = [0, 1, 3, 4]
    value, gradient = value_and_gradient(masked, teacher)
    np.testing.assert_allclose(
        value, distillation(Z[:, kept], TEACHER[:, kept]), rtol=1e-5, atol=1e-6
    )
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal(gradient[:, 2], 0)


def test_nan_of_student_or_teacher_gives_nan():
    broken = np.where(np.eye(6, CLASSES, dtype=bool), np.nan, Z)
    for student, teacher in ((broken, TEACHER), (Z, broken)):
        for x in value_and_gradient(student, teacher):
            is_nan = np.isnan(x).reshape(6, -1).any(axis=-1)
            np.testing.assert_array_equal(is_nan, np.arange(6) < CLASSES)


def test_gradient_by_the_temperature():
    total = jax.jit(lambda t: distillation(Z, TEACHER, temperature=t).sum())
    quotient = (total(3.01) - total(2.99)) / 0.02
    np.testing.assert_allclose(jax.grad(total)(3.0), quotient, rtol=1e-2)


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_temperature_that_is_not_positive_raises(temperature):
    with pytest.raises(ValueError, match="temperature must be positive, got"):
        distillation(Z, TEACHER, temperature=temperature)


def test_wrong_shapes_and_dtypes_raise():
    with pytest.raises(TypeError, match="logits must be floating, got int32"):
        distillation(np.zeros((6, 5), np.int32), TEACHER)
    with pytest.raises(ValueError, match=r"teacher_logits must .* \(6, 5\), got .*4\)"):
        distillation(Z, TEACHER[:, :4])
    with pytest.raises(TypeError, match="teacher_logits must be floating, got int"):
        distillation(Z, np.zeros((6, 5), int))
