"""ArcFace: logits, derivatives at the ends, insightface's variants, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
COSINES = np.tanh(np.random.default_rng(0).normal(size=(6, 5))).astype(np.float32)
IS_LABEL = np.eye(5, dtype=bool)[LABELS]
ANGLES = np.linspace(0, np.pi, 181)


@jax.jit(static_argnames=["straight_through", "linear_tail"])
def label_logits(cosines, margin, **options):
    """Returns the logit of the label at each cosine, and its derivative."""

    def logit(c):
        return margins.arcface(c[None], 0, margin=margin, scale=1.0, **options)[0]

    return jax.vmap(jax.value_and_grad(logit))(cosines)


def exact_cosines():
    """The cosines of ANGLES as float32 has them, in float64."""
    return np.cos(ANGLES).astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("margin", [0.0, 0.5, np.pi / 2, np.pi, np.float32(np.pi)])
def test_arcface_adds_the_margin_to_the_angle_of_the_label_only(margin):
    logits = margins.arcface(COSINES, LABELS, margin=margin, scale=30.0)
    target = np.cos(np.arccos(COSINES[IS_LABEL].astype(np.float64)) + margin)
    np.testing.assert_allclose(logits[IS_LABEL], 30 * target, atol=2e-5)
    np.testing.assert_array_equal(logits[~IS_LABEL], 30 * COSINES[~IS_LABEL])


def test_arcface_defaults_to_the_margin_and_scale_of_the_paper():
    expected = margins.arcface(COSINES, LABELS, margin=0.5, scale=64.0)
    np.testing.assert_array_equal(margins.arcface(COSINES, LABELS), expected)


@pytest.mark.parametrize(("margin", "sign"), [(0.0, 1), (np.pi, -1)])
def test_arcface_with_margin_0_or_pi_keeps_or_negates_the_cosine(margin, sign):
    values, slopes = label_logits(np.cos(ANGLES), margin)
    np.testing.assert_allclose(values, sign * np.cos(ANGLES), atol=1e-6)
    np.testing.assert_allclose(slopes, sign, atol=1e-3)


@pytest.mark.parametrize("margin", [0.0, 0.5, np.pi])
def test_arcface_at_cosines_1_and_minus_1_is_exact_and_has_a_large_slope(margin):
    values, slopes = label_logits(np.array([1.0, -1.0]), margin)
    np.testing.assert_allclose(values, [np.cos(margin), -np.cos(margin)], atol=1e-6)
    steepest = np.sin(margin) / np.finfo(np.float32).eps ** 0.5
    expected = np.cos(margin) + np.array([1, -1]) * steepest
    np.testing.assert_allclose(slopes, expected, rtol=1e-4, atol=1e-3)


def test_arcface_has_the_derivative_of_the_printed_formula():
    exact = exact_cosines()[1:-1]
    sine = np.sqrt((1 - exact) * (1 + exact))
    slopes = label_logits(np.cos(ANGLES), 0.5)[1][1:-1]
    expected = np.sin(np.arccos(exact) + 0.5) / sine
    np.testing.assert_allclose(slopes, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("linear_tail", [False, True])
def test_arcface_straight_through_changes_the_gradient_only(linear_tail):
    plain = label_logits(np.cos(ANGLES), 0.5, linear_tail=linear_tail)
    values, slopes = label_logits(
        np.cos(ANGLES), 0.5, straight_through=True, linear_tail=linear_tail
    )
    np.testing.assert_array_equal(values, plain[0])
    np.testing.assert_array_equal(slopes, 1)


def test_arcface_linear_tail_is_that_of_insightface():
    """Its constants: threshold cos(pi - m), and m sin(pi - m) subtracted below it."""
    margin, cosines = 0.5, exact_cosines()
    sine = np.sqrt(np.maximum(1 - cosines**2, 0))
    plain = cosines * np.cos(margin) - sine * np.sin(margin)
    tail = cosines - margin * np.sin(np.pi - margin)
    is_tail = cosines < np.cos(np.pi - margin)
    values, slopes = label_logits(np.cos(ANGLES), margin, linear_tail=True)
    np.testing.assert_allclose(values, np.where(is_tail, tail, plain), atol=1e-6)
    np.testing.assert_array_equal(slopes[is_tail], 1)
    without = label_logits(np.cos(ANGLES), margin)[1]
    np.testing.assert_array_equal(slopes[~is_tail], without[~is_tail])


def test_arcface_decreases_with_the_angle_everywhere_only_with_linear_tail():
    plain = label_logits(np.cos(ANGLES), 0.5)[0]
    tail = label_logits(np.cos(ANGLES), 0.5, linear_tail=True)[0]
    assert (np.diff(tail) < 0).all() and not (np.diff(plain) < 0).all()


def test_arcface_margin_has_no_gradient():
    def total(margin):
        return jnp.sum(margins.arcface(COSINES, LABELS, margin=margin))

    assert jax.grad(total)(0.5) == 0


@pytest.mark.parametrize("margin", [-0.1, 3.2])
def test_arcface_margin_must_be_an_angle(margin):
    with pytest.raises(ValueError, match=rf"margin must be in \[0, 3\.1.*got {margin}"):
        margins.arcface(COSINES, LABELS, margin=margin)


def test_arcface_scale_must_not_be_negative():
    with pytest.raises(ValueError, match="scale must be at least 0, got -1"):
        margins.arcface(COSINES, LABELS, scale=-1)
