"""SphereFace: its relation to L-Softmax, zero vectors, errors."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
W = np.random.default_rng(1).normal(size=(5, 5)).astype(np.float32)
UNIT = W / np.linalg.norm(W, axis=1, keepdims=True)


@pytest.mark.parametrize("margin", [1, 2, 3, 4])
def test_sphereface_is_large_margin_with_unit_weights(margin):
    sphereface, large_margin = (
        jax.jit(functools.partial(f, margin=margin))
        for f in (margins.sphereface, margins.large_margin)
    )
    for lam in (0.0, 5.0):
        np.testing.assert_allclose(
            sphereface(X, W, LABELS, lam=lam),
            large_margin(X, UNIT, LABELS, lam=lam),
            rtol=1e-5,
            atol=1e-5,
        )


def test_sphereface_defaults_to_margin_4_and_lam_0():
    np.testing.assert_array_equal(
        margins.sphereface(X, W, LABELS),
        margins.sphereface(X, W, LABELS, margin=4, lam=0.0),
    )


def test_sphereface_with_margin_1_is_the_length_times_the_cosines():
    expected = np.linalg.norm(X, axis=1, keepdims=True) * margins.cosines(X, W)
    np.testing.assert_allclose(
        margins.sphereface(X, W, LABELS, margin=1), expected, rtol=1e-5, atol=1e-6
    )


def test_sphereface_gradient_does_not_change_the_length_of_a_weight():
    slope = jax.grad(lambda w: margins.sphereface(X, w, LABELS).sum())(W)
    np.testing.assert_allclose(jnp.sum(slope * W, axis=1), 0, atol=1e-5)


def test_sphereface_of_zero_vectors_has_gradient_zero():
    x, w = X * (np.arange(len(X)) != 1)[:, None], np.array(W)
    w[3] = 0
    logits, pullback = jax.vjp(lambda x, w: margins.sphereface(x, w, LABELS), x, w)
    by_x, by_w = pullback(jnp.ones_like(logits))
    assert (logits[1] == 0).all() and (logits[:, 3] == 0).all()
    assert (by_w[3] == 0).all() and np.isfinite(by_w).all()
    assert np.isfinite(by_x).all()


def test_sphereface_margin_must_be_an_integer_of_at_least_1():
    with pytest.raises(ValueError, match="margin must be at least 1, got 0"):
        margins.sphereface(X, W, LABELS, margin=0)
    with pytest.raises(TypeError, match=r"margin must be an integer .* got True"):
        margins.sphereface(X, W, LABELS, margin=True)


def test_sphereface_lam_must_not_be_negative():
    with pytest.raises(ValueError, match="lam must be at least 0, got -1"):
        margins.sphereface(X, W, LABELS, lam=-1)
