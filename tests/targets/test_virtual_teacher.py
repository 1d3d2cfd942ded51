"""The virtual teacher, by its paper and by its authors' code."""

import jax
import numpy as np
import pytest

from adrjax.losses import cross_entropy, distillation
from adrjax.targets import virtual_teacher
from tests import battery
from tests.battery import CLASSES, LABELS


def test_at_temperature_1_it_is_right_by_design():
    teacher = virtual_teacher(LABELS, num_classes=5, correct_prob=0.9, temperature=1.0)
    expected = np.where(np.eye(5)[LABELS] == 1, 0.9, 0.025)
    np.testing.assert_allclose(teacher, expected, rtol=1e-5)


def test_a_temperature_softens_it_as_it_does_any_teacher():
    hard = virtual_teacher(LABELS, num_classes=5, temperature=1.0)
    np.testing.assert_allclose(
        virtual_teacher(LABELS, num_classes=5),
        jax.nn.softmax(np.log(hard) / 20),
        rtol=1e-5,
    )


def test_the_authors_code_softens_probabilities():
    d = np.where(np.eye(5)[LABELS] == 1, 0.95, 0.0125)
    teacher = virtual_teacher(
        LABELS, num_classes=5, correct_prob=0.95, temperature=40.0, soften_probs=True
    )
    np.testing.assert_allclose(teacher, jax.nn.softmax(d / 40), rtol=1e-6)
    np.testing.assert_allclose(teacher, 1 / 5, rtol=0.02)


def test_cross_entropy_to_it_is_distillation_of_it():
    """Up to the teacher's entropy, which is constant."""
    z, teacher = battery.logits(), virtual_teacher(LABELS, num_classes=CLASSES)
    np.testing.assert_allclose(
        battery.gradient(lambda z: cross_entropy(z, teacher), z),
        battery.gradient(lambda z: distillation(z, np.log(teacher)), z),
        atol=1e-6,
    )


@pytest.mark.parametrize("correct_prob", [0.0, 1.0])
def test_certain_teachers_are_finite(correct_prob):
    teacher = virtual_teacher(LABELS, num_classes=5, correct_prob=correct_prob)
    assert np.isfinite(teacher).all()
    np.testing.assert_allclose(teacher.sum(-1), 1, rtol=1e-6)


def test_both_numbers_may_be_scheduled():
    traced = jax.jit(
        lambda a, t: virtual_teacher(
            LABELS, num_classes=5, correct_prob=a, temperature=t
        )
    )
    np.testing.assert_allclose(
        traced(0.99, 20.0), virtual_teacher(LABELS, num_classes=5), rtol=1e-6
    )


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match=r"correct_prob must be in \[0, 1\], got 1\.1"):
        virtual_teacher(LABELS, num_classes=5, correct_prob=1.1)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        virtual_teacher(LABELS, num_classes=5, temperature=0)
    with pytest.raises(ValueError, match="num_classes must be at least 2, got 1"):
        virtual_teacher(np.zeros(3, int), num_classes=1)
