"""The virtual teacher, by the paper and by the authors' code."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, distillation
from adrjax.targets import virtual_teacher

CLASSES = 5
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def test_temperature_1_gives_the_printed_distribution():
    teacher = virtual_teacher(LABELS, num_classes=5, correct_prob=0.9, temperature=1.0)
    expected = np.where(np.eye(5)[LABELS] == 1, 0.9, 0.025)
    np.testing.assert_allclose(teacher, expected, rtol=1e-5)


def test_temperature_softens_the_logarithms():
    hard = virtual_teacher(LABELS, num_classes=5, temperature=1.0)
    np.testing.assert_allclose(
        virtual_teacher(LABELS, num_classes=5),
        jax.nn.softmax(np.log(hard) / 20),
        rtol=1e-5,
    )


def test_soften_probs_is_the_authors_code():
    d = np.where(np.eye(5)[LABELS] == 1, 0.95, 0.0125)
    teacher = virtual_teacher(
        LABELS, num_classes=5, correct_prob=0.95, temperature=40.0, soften_probs=True
    )
    np.testing.assert_allclose(teacher, jax.nn.softmax(d / 40), rtol=1e-6)
    np.testing.assert_allclose(teacher, 1 / 5, rtol=0.02)


def test_cross_entropy_with_it_has_the_gradient_of_distillation():
    z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
    teacher = virtual_teacher(LABELS, num_classes=CLASSES)
    np.testing.assert_allclose(
        jax.grad(lambda z: cross_entropy(z, teacher).sum())(z),
        jax.grad(lambda z: distillation(z, np.log(teacher)).sum())(z),
        atol=1e-6,
    )


def test_ignored_label_has_the_loss_nan_and_the_gradient_zero():
    def loss(z, y):
        return cross_entropy(z, virtual_teacher(y, num_classes=3)).sum()

    z, labels = jnp.array([[2.0, 0.0, 1.0]] * 2), jnp.array([-1, 3])
    value, gradient = jax.jit(jax.value_and_grad(loss))(z, labels)
    assert np.isnan(value)
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("correct_prob", [0.0, 1.0])
def test_certain_teacher_is_finite(correct_prob):
    teacher = virtual_teacher(LABELS, num_classes=5, correct_prob=correct_prob)
    assert np.isfinite(teacher).all()
    np.testing.assert_allclose(teacher.sum(-1), 1, rtol=1e-6)


def test_traced_parameters_are_the_known_ones():
    traced = jax.jit(
        lambda a, t: virtual_teacher(
            LABELS, num_classes=5, correct_prob=a, temperature=t
        )
    )
    np.testing.assert_allclose(
        traced(0.99, 20.0), virtual_teacher(LABELS, num_classes=5), rtol=1e-6
    )


def test_wrong_parameters_raise():
    with pytest.raises(ValueError, match=r"correct_prob must be in \[0, 1\], got 1\.1"):
        virtual_teacher(LABELS, num_classes=5, correct_prob=1.1)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        virtual_teacher(LABELS, num_classes=5, temperature=0)
    with pytest.raises(ValueError, match="num_classes must be at least 2, got 1"):
        virtual_teacher(np.zeros(3, int), num_classes=1)
