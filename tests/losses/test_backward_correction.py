"""Backward correction: the theorem of its paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import backward_correction, cross_entropy
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()
TRANSITION = 0.5 * np.eye(CLASSES) + 0.5 * np.random.default_rng(0).dirichlet(
    np.ones(CLASSES), size=CLASSES
)


def loss(z, y=LABELS, transition=TRANSITION):
    return backward_correction(z, y, transition=transition)


def test_without_noise_it_is_cross_entropy():
    np.testing.assert_allclose(
        loss(Z, transition=np.eye(CLASSES)), cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_its_mean_over_the_noise_is_the_clean_loss():
    """Theorem 1."""
    of_noisy = jnp.stack([loss(Z, np.full(6, k)) for k in range(CLASSES)], axis=-1)
    np.testing.assert_allclose(
        jnp.sum(TRANSITION[LABELS] * of_noisy, axis=-1),
        cross_entropy(Z, LABELS),
        rtol=1e-5,
    )


def test_it_can_be_negative():
    z = 20.0 * np.eye(CLASSES, dtype=np.float32)[(LABELS + 1) % CLASSES]
    values = jnp.stack([loss(z, np.full(6, k)) for k in range(CLASSES)])
    assert values.min() < -1


def test_a_traced_transition_gives_the_same_and_may_be_learnt():
    np.testing.assert_allclose(
        jax.jit(lambda t: loss(Z, transition=t))(TRANSITION),
        loss(Z),
        rtol=1e-5,
        atol=1e-6,
    )
    with jax.enable_x64(True):
        z = Z.astype(np.float64)
        slope = jax.grad(lambda t: loss(z, transition=t).sum())(TRANSITION)
        log_p = jax.nn.log_softmax(z)
        plain = jax.grad(lambda t: -(jnp.linalg.inv(t)[LABELS] * log_p).sum())
        np.testing.assert_allclose(slope, plain(TRANSITION), rtol=1e-8)


def test_a_singular_transition_is_refused():
    with pytest.raises(ValueError, match=r"transition must be invertible, .* inf;"):
        loss(Z, transition=np.full((CLASSES, CLASSES), 1 / CLASSES))
    nearly = np.full((CLASSES, CLASSES), 1 / CLASSES) + 1e-7 * np.eye(CLASSES) - 2e-8
    with pytest.raises(ValueError, match=r"condition number .*forward_correction"):
        loss(Z, transition=nearly)


def test_a_transition_that_is_not_stochastic_is_refused():
    with pytest.raises(ValueError, match=r"row-stochastic.* row 0 has the sum 2"):
        loss(Z, transition=2 * np.eye(CLASSES))
