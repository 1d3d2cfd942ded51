"""Forward correction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import cross_entropy, forward_correction

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
RNG = np.random.default_rng(1)
TRANSITION = RNG.dirichlet(np.ones(CLASSES), size=CLASSES)


def loss(z, y=LABELS, transition=TRANSITION):
    return forward_correction(z, y, transition=transition)


def test_identity_transition_is_cross_entropy():
    eye = np.eye(CLASSES)
    np.testing.assert_allclose(
        loss(Z, transition=eye), cross_entropy(Z, LABELS), rtol=1e-5
    )
    np.testing.assert_allclose(
        jax.grad(lambda z: loss(z, transition=eye).sum())(Z),
        jax.grad(lambda z: cross_entropy(z, LABELS).sum())(Z),
        atol=1e-7,
    )


def test_clean_posterior_minimizes_it_under_the_noise():
    """Theorem 2: the noisy labels of q have the distribution q T."""
    q = RNG.dirichlet(np.ones(CLASSES)).astype(np.float32)

    def expected(z):
        losses = loss(jnp.stack([z] * CLASSES), jnp.arange(CLASSES))
        return jnp.sum(q @ TRANSITION.astype(np.float32) * losses)

    np.testing.assert_allclose(jax.grad(expected)(jnp.log(q)), 0, atol=1e-6)


@pytest.mark.parametrize("margin", [8.0, 15.0, 30.0, 80.0])
def test_gradient_of_a_certain_prediction_keeps_its_digits(margin):
    z = margin * np.eye(CLASSES, dtype=np.float32)[(LABELS + 1) % CLASSES]
    z += 0.1 * Z
    gradient = jax.jit(jax.grad(lambda z: loss(z).sum()))
    with jax.enable_x64(True):
        exact = np.asarray(gradient(z.astype(np.float64)))
    largest = np.abs(exact).max(-1, keepdims=True)
    assert (np.abs(gradient(z) - exact) <= 1e-5 * largest).all()


ZEROS = 0.6 * np.eye(CLASSES) + 0.4 * np.eye(CLASSES)[[1, 0, 3, 4, 2]]


def test_transition_with_zeros_is_finite_at_extreme_logits():
    certain = np.eye(CLASSES, dtype=np.float32)
    z = np.concatenate([1e4 * certain[(LABELS + k) % CLASSES] for k in range(CLASSES)])
    labels = np.tile(LABELS, CLASSES)

    @jax.jit
    def value_and_gradients(z, transition):
        def total(z, transition):
            return loss(z, labels, transition).sum()

        gradients = jax.grad(total, argnums=(0, 1))(z, transition)
        return loss(z, labels, transition), *gradients

    actual = value_and_gradients(z, ZEROS.astype(np.float32))
    assert all(np.isfinite(x).all() for x in actual)
    with jax.enable_x64(True):
        exact = value_and_gradients(z.astype(np.float64), ZEROS)
    for a, e in zip(actual[:2], exact[:2], strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-6)


def test_label_that_the_transition_excludes_has_an_infinite_loss():
    transition = np.eye(CLASSES)[[0, 1, 2, 3, 0]]
    value = loss(Z, transition=transition)
    np.testing.assert_array_equal(np.isinf(value), LABELS == 4)
    gradients = jax.grad(lambda z, t: loss(z, transition=t).sum(), argnums=(0, 1))(
        Z, transition
    )
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    np.testing.assert_array_equal(gradients[0][LABELS == 4], 0)


def test_derivatives_by_the_transition_also_at_its_zeros():
    labels = np.array([0, 1, 4])

    def plain(t):
        p = jax.nn.softmax(z)
        return -jnp.log((p @ t)[np.arange(3), labels]).sum()

    with jax.enable_x64(True):
        z = Z[:3].astype(np.float64)
        derivatives = [
            jax.jit(lambda t, f=f: (jax.grad(f)(t), jax.hessian(f)(t)))(ZEROS)
            for f in (lambda t: loss(z, labels, t).sum(), plain)
        ]
    for actual, expected in zip(*derivatives, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-8, atol=1e-12)


def test_traced_transition_gives_the_same():
    np.testing.assert_allclose(
        jax.jit(lambda t: loss(Z, transition=t))(TRANSITION), loss(Z), rtol=1e-6
    )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_transition_in_half_precision(dtype):
    """Its rows sum to 1 up to the rounding of that precision."""
    transition = jnp.asarray(TRANSITION, dtype)
    np.testing.assert_allclose(loss(Z, transition=transition), loss(Z), rtol=1e-2)


def test_transition_of_another_shape_raises():
    with pytest.raises(ValueError, match=r"transition of 5 classes must be \[5, 5\]"):
        loss(Z, transition=np.eye(4))


def test_transition_whose_rows_are_not_distributions_raises():
    message = r"transition must be row-stochastic.* row 1 has the sum 1\.4 .*transpose"
    transition = np.eye(CLASSES)
    transition[1, 0] = 0.4
    with pytest.raises(ValueError, match=message):
        loss(Z, transition=transition)


def test_negative_probabilities_raise():
    transition = np.eye(CLASSES)
    transition[3, 2:4] = -0.5, 1.5
    with pytest.raises(
        ValueError, match=r"row 3 has the sum 1 and the smallest entry -0"
    ):
        loss(Z, transition=transition)
