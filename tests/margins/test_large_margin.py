"""L-Softmax: psi, logits, zero vectors, errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from adrjax.margins._psi import psi

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
IS_LABEL = np.eye(5, dtype=bool)[LABELS]
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
W = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)


@functools.partial(jax.jit, static_argnums=1)
def psi_and_slope(cosines, margin):
    return jax.vmap(jax.value_and_grad(lambda c: psi(c, margin)))(cosines)


@pytest.mark.parametrize("margin", [1, 2, 3, 4, 7])
def test_psi_falls_with_the_angle_from_1_to_1_minus_twice_the_margin(margin):
    angles = np.linspace(0, np.pi, 1001)
    with jax.enable_x64(True):
        values, slopes = psi_and_slope(np.cos(angles), margin)
    k = np.minimum(angles * margin // np.pi, margin - 1)
    expected = (-1) ** k * np.cos(margin * angles) - 2 * k
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert (np.diff(values) < 0).all() and (np.asarray(slopes) > -1e-9).all()
    np.testing.assert_allclose(values[np.array([0, -1])], [1, 1 - 2 * margin])
    np.testing.assert_allclose(slopes[np.array([0, -1])], margin**2)


@pytest.mark.parametrize("margin", [2, 3, 4, 7])
def test_psi_is_continuous_and_flat_at_its_joints(margin):
    joints = np.float32(np.cos(np.arange(1, margin) * np.pi / margin))
    for side in (-1, 0, 1):
        beside = np.nextafter(joints, np.float32(side * 2)) if side else joints
        values, slopes = psi_and_slope(beside, margin)
        np.testing.assert_allclose(values, -(2.0 * np.arange(1, margin) - 1), atol=1e-5)
        np.testing.assert_allclose(slopes, 0, atol=1e-4)


def test_psi_is_finite_beyond_cosines_of_1_by_rounding():
    beyond = np.nextafter(np.float32([1, -1]), np.float32([2, -2]))
    values, slopes = psi_and_slope(beyond, 4)
    np.testing.assert_allclose(values, [1, -7], atol=1e-5)
    np.testing.assert_allclose(slopes, 16, rtol=1e-4)


def test_large_margin_of_1_is_a_linear_layer():
    logits = margins.large_margin(X, W, LABELS, margin=1)
    np.testing.assert_allclose(logits, X @ W.T, rtol=1e-5, atol=1e-6)


def test_large_margin_of_2_is_the_printed_example():
    """|W||x| cos(2 theta) up to a right angle, -|W||x| (cos(2 theta) + 2) beyond it."""
    lengths = np.linalg.norm(X, axis=1) * np.linalg.norm(W[LABELS], axis=1)
    cosine = (X * W[LABELS]).sum(1) / lengths
    twice = 2 * cosine**2 - 1
    assert {True, False} == set(cosine > 0)
    logits = margins.large_margin(X, W, LABELS, margin=2)
    expected = lengths * np.where(cosine > 0, twice, -twice - 2)
    np.testing.assert_allclose(logits[IS_LABEL], expected, rtol=1e-4)
    others = (X @ W.T)[~IS_LABEL]
    np.testing.assert_allclose(logits[~IS_LABEL], others, rtol=1e-5, atol=1e-6)


def test_large_margin_defaults_to_margin_4_and_lam_0():
    np.testing.assert_array_equal(
        margins.large_margin(X, W, LABELS),
        margins.large_margin(X, W, LABELS, margin=4, lam=0.0),
    )


def test_large_margin_lam_is_the_weight_of_the_logit_without_margin():
    plain, full, third = (
        margins.large_margin(X, W, LABELS, margin=m, lam=lam)
        for m, lam in [(1, 0.0), (3, 0.0), (3, 2.0)]
    )
    np.testing.assert_allclose(third, (2 * plain + full) / 3, rtol=1e-5, atol=1e-6)
    almost = margins.large_margin(X, W, LABELS, margin=3, lam=1e8)
    np.testing.assert_allclose(almost, plain, rtol=1e-5, atol=1e-6)


def test_large_margin_of_zero_vectors_has_logit_and_gradient_zero():
    x, w = X * (np.arange(len(X)) != 1)[:, None], np.array(W)
    w[LABELS[0]] = 0
    logits, pullback = jax.vjp(lambda x, w: margins.large_margin(x, w, LABELS), x, w)
    by_x, by_w = pullback(jnp.asarray(IS_LABEL, jnp.float32))
    assert (logits[1] == 0).all() and logits[0, LABELS[0]] == 0
    assert (by_x[:2] == 0).all() and (by_w[LABELS[0]] == 0).all()
    assert np.isfinite(by_x).all() and np.isfinite(by_w).all()


def test_large_margin_of_a_nan_feature_has_a_nan_row_only():
    x = np.array(X)
    x[1, 2] = np.nan
    is_nan = np.isnan(margins.large_margin(x, W, LABELS))
    assert is_nan[1].all() and is_nan.sum() == 5


def test_large_margin_logits_are_proportional_to_the_length_of_the_feature():
    @jax.jit
    def logits_and_slope(x):
        def total(x):
            logits = margins.large_margin(x, W, LABELS, lam=0.5)
            return logits.sum(), logits

        slope, logits = jax.grad(total, has_aux=True)(x)
        return logits, slope

    expected, expected_slope = logits_and_slope(X)
    for length in (1e-10, 1e4, 1e18):
        logits, slope = logits_and_slope(np.float32(length) * X)
        np.testing.assert_allclose(logits / length, expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(slope, expected_slope, rtol=1e-4, atol=1e-4)


def test_large_margin_must_be_an_integer_of_at_least_1():
    with pytest.raises(ValueError, match="margin must be at least 1, got 0"):
        margins.large_margin(X, W, LABELS, margin=0)
    with pytest.raises(TypeError, match=r"margin must be an integer .* got 2\.5"):
        margins.large_margin(X, W, LABELS, margin=2.5)


def test_large_margin_lam_must_not_be_negative():
    with pytest.raises(ValueError, match="lam must be at least 0, got -1"):
        margins.large_margin(X, W, LABELS, lam=-1)
