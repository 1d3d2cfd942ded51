import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from tests import battery
from tests.battery import CLASSES, LABELS

C = np.tanh(battery.logits())
OWN = np.eye(CLASSES, dtype=bool)[LABELS]
ANGLES = np.linspace(0, np.pi, 181)


def label_logits(cosines, **settings):
    """Returns the logit of the label at each cosine, and its derivative."""

    def logit(c):
        return margins.arcface(c[None], jnp.array(0), scale=1.0, **settings)[0]

    return jax.vmap(jax.value_and_grad(logit))(jnp.asarray(cosines, jnp.float32))


@pytest.mark.parametrize("margin", [0.0, 0.5, np.pi / 2, np.pi])
def test_the_margin_is_added_to_the_angle_of_the_label_alone(margin):
    logits = margins.arcface(C, LABELS, margin=margin, scale=30.0)
    target = np.cos(np.arccos(C[OWN].astype(np.float64)) + margin)
    np.testing.assert_allclose(logits[OWN], 30 * target, atol=2e-5)
    np.testing.assert_array_equal(logits[~OWN], 30 * C[~OWN])


def test_the_defaults_are_those_of_the_paper():
    expected = margins.arcface(C, LABELS, margin=0.5, scale=64.0)
    np.testing.assert_array_equal(margins.arcface(C, LABELS), expected)


@pytest.mark.parametrize(("margin", "sign"), [(0.0, 1), (np.pi, -1)])
def test_a_margin_of_0_leaves_the_cosine_and_one_of_pi_turns_it(margin, sign):
    cosines = np.cos(ANGLES)
    values, slopes = label_logits(cosines, margin=margin)
    np.testing.assert_allclose(values, sign * cosines, atol=1e-6)
    np.testing.assert_allclose(slopes, sign, atol=1e-3)


@pytest.mark.parametrize("margin", [0.0, 0.5, np.pi])
def test_at_the_ends_the_value_is_exact_and_the_derivative_large(margin):
    values, slopes = label_logits([1, -1], margin=margin)
    np.testing.assert_allclose(values, [np.cos(margin), -np.cos(margin)], atol=1e-6)
    steepest = np.sin(margin) / np.finfo(np.float32).eps ** 0.5
    np.testing.assert_allclose(
        slopes, np.cos(margin) + np.array([1, -1]) * steepest, rtol=1e-4, atol=1e-3
    )


def test_the_derivative_is_that_of_the_printed_formula_up_to_the_ends():
    cosines = np.float32(np.cos(ANGLES[1:-1]))
    exact = cosines.astype(np.float64)
    sine = np.sqrt((1 - exact) * (1 + exact))
    slopes = label_logits(cosines, margin=0.5)[1]
    np.testing.assert_allclose(
        slopes, np.sin(np.arccos(exact) + 0.5) / sine, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("linear_tail", [False, True])
def test_straight_through_changes_the_gradient_alone(linear_tail):
    settings = {"margin": 0.7, "linear_tail": linear_tail}
    values, slopes = label_logits(np.cos(ANGLES), straight_through=True, **settings)
    np.testing.assert_array_equal(values, label_logits(np.cos(ANGLES), **settings)[0])
    np.testing.assert_array_equal(slopes, 1)


def test_the_linear_tail_is_that_of_insightface():
    """Its constants: threshold cos(pi - m), and m sin(pi - m) taken off below it."""
    margin, cosines = 0.5, np.float32(np.cos(ANGLES))
    sine = np.sqrt(np.maximum(1 - cosines.astype(np.float64) ** 2, 0))
    plain = cosines * np.cos(margin) - sine * np.sin(margin)
    tail = cosines - margin * np.sin(np.pi - margin)
    is_tail = cosines < np.cos(np.pi - margin)
    values, slopes = label_logits(cosines, margin=margin, linear_tail=True)
    np.testing.assert_allclose(values, np.where(is_tail, tail, plain), atol=1e-6)
    np.testing.assert_array_equal(slopes[is_tail], 1)
    np.testing.assert_array_equal(
        slopes[~is_tail], label_logits(cosines, margin=margin)[1][~is_tail]
    )


def test_only_with_the_tail_does_the_logit_go_on_falling_with_the_angle():
    plain = label_logits(np.cos(ANGLES), margin=0.5)[0]
    tail = label_logits(np.cos(ANGLES), margin=0.5, linear_tail=True)[0]
    assert (np.diff(tail) < 0).all() and not (np.diff(plain) < 0).all()


@pytest.mark.parametrize("margin", [-0.1, 3.2])
def test_the_margin_is_an_angle(margin):
    with pytest.raises(ValueError, match=rf"margin must be in \[0, 3\.1.*got {margin}"):
        margins.arcface(C, LABELS, margin=margin)


def test_the_scale_is_not_negative():
    with pytest.raises(ValueError, match="scale must be at least 0, got -1"):
        margins.arcface(C, LABELS, scale=-1)
