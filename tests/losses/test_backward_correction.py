"""Backward correction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import backward_correction, cross_entropy

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
TRANSITION = 0.5 * np.eye(CLASSES) + 0.5 * np.random.default_rng(0).dirichlet(
    np.ones(CLASSES), size=CLASSES
)


def loss(z, y=LABELS, transition=TRANSITION):
    return backward_correction(z, y, transition=transition)


def test_identity_transition_is_cross_entropy():
    np.testing.assert_allclose(
        loss(Z, transition=np.eye(CLASSES)), cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_mean_over_the_noise_is_the_clean_loss():
    """Theorem 1."""
    of_noisy = jnp.stack([loss(Z, np.full(6, k)) for k in range(CLASSES)], axis=-1)
    np.testing.assert_allclose(
        jnp.sum(TRANSITION[LABELS] * of_noisy, axis=-1),
        cross_entropy(Z, LABELS),
        rtol=1e-5,
    )


def test_value_can_be_negative():
    z = 20.0 * np.eye(CLASSES, dtype=np.float32)[(LABELS + 1) % CLASSES]
    values = jnp.stack([loss(z, np.full(6, k)) for k in range(CLASSES)])
    assert values.min() < -1


def test_traced_transition_agrees_and_has_a_gradient():
    np.testing.assert_allclose(
        jax.jit(lambda t: loss(Z, transition=t))(TRANSITION),
        loss(Z),
        rtol=1e-5,
        atol=1e-6,
    )
    with jax.enable_x64(True):
        z = Z.astype(np.float64)
        gradient = jax.grad(lambda t: loss(z, transition=t).sum())(TRANSITION)
        log_p = jax.nn.log_softmax(z)
        plain = jax.grad(lambda t: -(jnp.linalg.inv(t)[LABELS] * log_p).sum())
        np.testing.assert_allclose(gradient, plain(TRANSITION), rtol=1e-8)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_transition_in_half_precision(dtype):
    """Its rows sum to 1 up to the rounding of that precision."""
    transition = jnp.asarray(TRANSITION, dtype)
    np.testing.assert_allclose(
        loss(Z, transition=transition), loss(Z), rtol=0.1, atol=0.1
    )


def test_singular_transition_raises():
    with pytest.raises(ValueError, match=r"transition must be invertible, .* inf;"):
        loss(Z, transition=np.full((CLASSES, CLASSES), 1 / CLASSES))
    nearly = np.full((CLASSES, CLASSES), 1 / CLASSES) + 1e-7 * np.eye(CLASSES) - 2e-8
    with pytest.raises(ValueError, match=r"condition number .*forward_correction"):
        loss(Z, transition=nearly)


def test_transition_that_is_not_stochastic_raises():
    with pytest.raises(ValueError, match=r"row-stochastic.* row 0 has the sum 2"):
        loss(Z, transition=2 * np.eye(CLASSES))
