import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from adrjax.margins._psi import psi
from tests import battery
from tests.battery import CLASSES, LABELS
from tests.features import CENTERS

X = battery.logits()
W = np.float32(CENTERS * np.arange(1, CLASSES + 1)[:, None])  # of unequal lengths
OWN = np.eye(CLASSES, dtype=bool)[LABELS]


def psi_and_slope(cosines, margin):
    return jax.vmap(jax.value_and_grad(lambda c: psi(c, margin)))(cosines)


@pytest.mark.parametrize("margin", [1, 2, 3, 4, 7])
def test_psi_falls_with_the_angle_from_1_to_1_less_twice_the_margin(margin):
    angles = np.linspace(0, np.pi, 1001)
    with jax.enable_x64(True):
        values, slopes = psi_and_slope(np.cos(angles), margin)
    k = np.minimum(angles * margin // np.pi, margin - 1)
    np.testing.assert_allclose(
        values, (-1) ** k * np.cos(margin * angles) - 2 * k, atol=1e-12
    )
    assert (np.diff(values) < 0).all() and (np.asarray(slopes) > -1e-9).all()
    np.testing.assert_allclose(values[np.array([0, -1])], [1, 1 - 2 * margin])
    np.testing.assert_allclose(slopes[np.array([0, -1])], margin**2)


@pytest.mark.parametrize("margin", [2, 3, 4, 7])
def test_at_the_joints_psi_is_continuous_and_flat(margin):
    joints = np.float32(np.cos(np.arange(1, margin) * np.pi / margin))
    for side in (-1, 0, 1):
        beside = np.nextafter(joints, np.float32(side * 2)) if side else joints
        values, slopes = psi_and_slope(beside, margin)
        np.testing.assert_allclose(values, -(2.0 * np.arange(1, margin) - 1), atol=1e-5)
        np.testing.assert_allclose(slopes, 0, atol=1e-4)


def test_beyond_the_ends_by_rounding_psi_goes_on():
    beyond = np.nextafter(np.float32([1, -1]), np.float32([2, -2]))
    values, slopes = psi_and_slope(beyond, 4)
    np.testing.assert_allclose(values, [1, -7], atol=1e-5)
    np.testing.assert_allclose(slopes, 16, rtol=1e-4)


def test_a_margin_of_1_is_a_linear_layer():
    logits = margins.large_margin(X, W, LABELS, margin=1)
    np.testing.assert_allclose(logits, X @ W.T, rtol=1e-5, atol=1e-6)


def test_two_is_the_margin_of_the_printed_example():
    """|W||x| cos(2 theta) up to a right angle, -|W||x| (cos(2 theta) + 2) beyond it."""
    lengths = np.linalg.norm(X, axis=1) * np.linalg.norm(W[LABELS], axis=1)
    cosine = (X * W[LABELS]).sum(1) / lengths
    twice = 2 * cosine**2 - 1
    assert {True, False} == set(cosine > 0)
    logits = margins.large_margin(X, W, LABELS, margin=2)
    np.testing.assert_allclose(
        logits[OWN], lengths * np.where(cosine > 0, twice, -twice - 2), rtol=1e-4
    )
    np.testing.assert_allclose(logits[~OWN], (X @ W.T)[~OWN], rtol=1e-5, atol=1e-6)


def test_the_default_margin_is_4_without_plain_logits():
    np.testing.assert_array_equal(
        margins.large_margin(X, W, LABELS),
        margins.large_margin(X, W, LABELS, margin=4, lam=0.0),
    )


def test_lam_is_the_share_of_the_plain_logit():
    plain, full, third = (
        margins.large_margin(X, W, LABELS, margin=m, lam=lam)
        for m, lam in [(1, 0.0), (3, 0.0), (3, 2.0)]
    )
    np.testing.assert_allclose(third, (2 * plain + full) / 3, rtol=1e-5, atol=1e-6)
    almost = margins.large_margin(X, W, LABELS, margin=3, lam=1e8)
    np.testing.assert_allclose(almost, plain, rtol=1e-5, atol=1e-6)


def test_zero_features_and_weights_have_logit_and_gradient_zero():
    x, w = X * (np.arange(len(X)) != 1)[:, None], np.array(W)
    w[LABELS[0]] = 0
    logits, pullback = jax.vjp(lambda x, w: margins.large_margin(x, w, LABELS), x, w)
    by_x, by_w = pullback(jnp.asarray(OWN, jnp.float32))
    assert (logits[1] == 0).all() and logits[0, LABELS[0]] == 0
    assert (by_x[:2] == 0).all() and (by_w[LABELS[0]] == 0).all()
    assert np.isfinite(by_x).all() and np.isfinite(by_w).all()


@pytest.mark.parametrize("length", [1e-10, 1e4, 1e18])
def test_any_length_of_the_features_only_scales_the_logits(length):
    def f(x):
        return margins.large_margin(x, W, LABELS, lam=0.5)

    np.testing.assert_allclose(f(length * X) / length, f(X), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        battery.gradient(f, length * X), battery.gradient(f, X), rtol=1e-4, atol=1e-4
    )


def test_the_margin_is_a_whole_number_of_at_least_1():
    with pytest.raises(ValueError, match="margin must be at least 1, got 0"):
        margins.large_margin(X, W, LABELS, margin=0)
    with pytest.raises(TypeError, match=r"margin must be an integer .* got 2\.5"):
        margins.large_margin(X, W, LABELS, margin=2.5)


def test_lam_is_not_negative():
    with pytest.raises(ValueError, match="lam must be at least 0, got -1"):
        margins.large_margin(X, W, LABELS, lam=-1)
