"""Forward correction: the theorem of its paper, and where naive code fails."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, forward_correction
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()
RNG = np.random.default_rng(0)
TRANSITION = RNG.dirichlet(np.ones(CLASSES), size=CLASSES)


def loss(z, y=LABELS, transition=TRANSITION):
    return forward_correction(z, y, transition=transition)


def test_without_noise_it_is_cross_entropy():
    eye = np.eye(CLASSES)
    np.testing.assert_allclose(
        loss(Z, transition=eye), cross_entropy(Z, LABELS), rtol=1e-5
    )
    np.testing.assert_allclose(
        battery.gradient(lambda z: loss(z, transition=eye), Z),
        battery.gradient(lambda z: cross_entropy(z, LABELS), Z),
        atol=1e-7,
    )


def test_gradient_is_that_of_the_printed_formula():
    battery.gradient_is_that_of(
        loss,
        lambda z: -jnp.log(jnp.sum(jax.nn.softmax(z) * TRANSITION.T[LABELS], axis=-1)),
    )


def test_the_clean_posterior_minimises_it_under_the_noise():
    """Theorem 2: the noisy labels of q have the distribution q T."""
    q = RNG.dirichlet(np.ones(CLASSES)).astype(np.float32)

    def expected(z):
        losses = loss(jnp.stack([z] * CLASSES), jnp.arange(CLASSES))
        return jnp.sum(q @ TRANSITION.astype(np.float32) * losses)

    np.testing.assert_allclose(jax.grad(expected)(jnp.log(q)), 0, atol=1e-6)


@pytest.mark.parametrize("margin", [8.0, 15.0, 30.0, 80.0])
def test_gradient_of_a_certain_prediction_does_not_cancel(margin):
    z = margin * np.eye(CLASSES, dtype=np.float32)[(LABELS + 1) % CLASSES]
    z += 0.1 * Z
    slope = battery.gradient(loss, z)
    with jax.enable_x64(True):
        exact = np.asarray(battery.gradient(loss, z.astype(np.float64)))
        largest = np.abs(exact).max(-1, keepdims=True)
    assert (np.abs(slope - exact) <= 1e-5 * largest).all()


@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_is_finite_where_the_transition_has_zeros(extreme):
    transition = 0.6 * np.eye(CLASSES) + 0.4 * np.eye(CLASSES)[[1, 0, 3, 4, 2]]
    battery.is_finite_and_close_to_float64(
        lambda z: loss(z, transition=transition), extreme
    )


def test_a_label_that_the_transition_never_gives_costs_infinity():
    transition = np.eye(CLASSES)[[0, 1, 2, 3, 0]]
    value = loss(Z, transition=transition)
    np.testing.assert_array_equal(np.isinf(value), LABELS == 4)
    slope = battery.gradient(lambda z: loss(z, transition=transition), Z)
    assert np.isfinite(slope).all() and (slope[LABELS == 4] == 0).all()
    slope = jax.grad(lambda t: loss(Z, transition=t).sum())(transition)
    assert np.isfinite(slope).all()


def test_the_transition_may_be_learnt():
    with jax.enable_x64(True):
        z = Z.astype(np.float64)
        slope = jax.jit(jax.grad(lambda t: loss(z, transition=t).sum()))(TRANSITION)
        p = jax.nn.softmax(z)
        plain = jax.grad(lambda t: -jnp.log((p @ t)[np.arange(6), LABELS]).sum())
        np.testing.assert_allclose(slope, plain(TRANSITION), rtol=1e-8)


def test_a_traced_transition_gives_the_same():
    np.testing.assert_allclose(
        jax.jit(lambda t: loss(Z, transition=t))(TRANSITION), loss(Z), rtol=1e-6
    )


def test_a_transition_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"transition of 5 classes must be \[5, 5\]"):
        loss(Z, transition=np.eye(4))


def test_a_transition_whose_columns_are_distributions_is_refused():
    message = r"transition must be row-stochastic.* row 1 has the sum 1\.4 .*transpose"
    transition = np.eye(CLASSES)
    transition[1, 0] = 0.4
    with pytest.raises(ValueError, match=message):
        loss(Z, transition=transition)


def test_negative_probabilities_are_refused():
    transition = np.eye(CLASSES)
    transition[3, 2:4] = -0.5, 1.5
    with pytest.raises(ValueError, match=r"row 3 has the sum 1 and the least entry -0"):
        loss(Z, transition=transition)
