"""Gradient rescaling: the claims of Eqs. (6) and (7), and the authors' code."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    generalized_cross_entropy,
    gradient_rescaling,
    mean_absolute_error,
)

LOGITS = jnp.array([[2.0, -1.0, 0.5, 0.0], [0.3, 0.1, -0.2, 4.0], [1.0, 1.0, 1.0, 1.0]])
LABELS = jnp.array([0, 2, 1])


def identity(x):
    return x


@functools.partial(jax.jit, static_argnames=("loss", "g", "normalize"))
def gradient(loss, logits=LOGITS, labels=LABELS, **options):
    return jax.grad(lambda z: loss(z, labels, **options).sum())(logits)


def test_value_is_cross_entropy():
    z = LOGITS.at[0, 0].set(-jnp.inf)  # also of a label that is impossible
    for logits in (LOGITS, z):
        np.testing.assert_allclose(
            gradient_rescaling(logits, LABELS), cross_entropy(logits, LABELS), rtol=1e-6
        )


@pytest.mark.parametrize("beta, lam", [(0.0, 0.0), (2.0, 0.0), (8.0, 0.5), (24.0, 2.0)])
def test_l1_norm_of_the_gradient_is_the_weight(beta, lam):
    p = jnp.exp(-cross_entropy(LOGITS, LABELS))
    expected = jnp.exp(beta * p**lam * (1 - p))
    actual = jnp.abs(gradient(gradient_rescaling, beta=beta, lam=lam)).sum(-1)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "beta, lam, special_case",
    [
        (2.0, 0.0, cross_entropy),
        (4.0, 1.0, mean_absolute_error),
        (2.0, 0.7, generalized_cross_entropy),  # Eq. (7) prints beta = 1; Eq. (4) has 2
    ],
    ids=["CCE", "MAE", "GCE"],
)
def test_special_cases_of_equation_7(beta, lam, special_case):
    np.testing.assert_allclose(
        gradient(gradient_rescaling, beta=beta, lam=lam, g=identity),
        gradient(special_case),
        rtol=1e-5,
        atol=1e-7,
    )


@pytest.mark.parametrize(
    "lam, focus", [(0.0, 0.0), (0.5, 1 / 3), (1.0, 0.5), (2.0, 2 / 3)]
)
def test_emphasis_focus(lam, focus):
    p = jnp.linspace(0.001, 0.999, 999)
    logits = jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)
    labels = jnp.zeros(len(p), int)
    weights = jnp.abs(gradient(gradient_rescaling, logits, labels, lam=lam))
    np.testing.assert_allclose(p[jnp.argmax(weights.sum(-1))], focus, atol=2e-3)


def test_largest_weight_of_the_defaults():
    """21.7 at p = 1/3, against at most 2 for cross entropy: the docstring's numbers."""
    logits = jnp.log(jnp.array([[1 / 3, 2 / 3]]))
    norm = jnp.abs(gradient(gradient_rescaling, logits, jnp.array([0]))).sum()
    np.testing.assert_allclose(norm, 21.7, atol=0.05)


def test_weight_of_learnt_examples_is_one():
    logits = 50.0 * jax.nn.one_hot(LABELS, 4)
    norms = jnp.abs(gradient(gradient_rescaling, logits)).sum(-1)
    np.testing.assert_allclose(norms, 1.0, rtol=1e-6)
    norms = jnp.abs(gradient(gradient_rescaling, logits, g=identity)).sum(-1)
    np.testing.assert_allclose(norms, 0.0, atol=1e-6)


def test_lam_0_of_an_impossible_label_has_the_weight_of_beta():
    """p^0 is 1 at p = 0 too."""
    logits = jnp.array([[0.0, -jnp.inf, 1.0]])
    actual = gradient(gradient_rescaling, logits, jnp.array([1]), beta=2.0, lam=0.0)
    expected = np.exp(2.0) / 2 * np.array([[0.268941, -1, 0.731059]])
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("eps", [1e-6, 1e-8, 1e-3])
def test_eps_is_that_of_the_authors_code(eps):
    """It divides p - y by 2 (1 - p_y) + eps and multiplies by the weight."""
    with jax.enable_x64(True):
        z = jnp.concatenate([LOGITS, 20.0 * jnp.eye(4)[:1]]).astype(float)
        y = jnp.append(LABELS, 0)
        p, one_hot = jax.nn.softmax(z), jax.nn.one_hot(y, 4)
        p_y = jnp.sum(p * one_hot, axis=-1, keepdims=True)
        weight = jnp.exp(8.0 * p_y**0.5 * (1 - p_y))
        expected = weight * (p - one_hot) / (2 * (1 - p_y) + eps)
        np.testing.assert_allclose(
            gradient(gradient_rescaling, z, y, eps=eps), expected, rtol=1e-7
        )


@pytest.mark.parametrize("eps, margin", [(1e-6, 14), (1e-8, 18)])
def test_eps_ends_the_gradient_at_a_margin(eps, margin):
    """Half of the weight is left a little above the margin of the docstring."""
    logits = jnp.array([[margin, 0.0], [margin + 2, 0.0], [margin + 10, 0.0]])
    labels = jnp.zeros(3, int)
    norms = jnp.abs(gradient(gradient_rescaling, logits, labels, eps=eps)).sum(-1)
    assert norms[0] > 0.5 > norms[1] and norms[2] < 1e-3


def test_normalized_gradient_of_the_mean_loss_has_norm_one():
    """As in the authors' layer: each weight is divided by their sum over the batch."""
    actual = gradient(gradient_rescaling, normalize=True) / len(LABELS)
    np.testing.assert_allclose(jnp.abs(actual).sum(), 1.0, rtol=1e-6)
    plain = gradient(gradient_rescaling)
    np.testing.assert_allclose(
        actual, plain / jnp.abs(plain).sum(), rtol=1e-5, atol=1e-8
    )


def test_normalized_weights_leave_out_ignored_examples():
    labels = LABELS.at[1].set(-1)
    actual = gradient(gradient_rescaling, LOGITS, labels, normalize=True)
    kept = jnp.array([0, 2])
    expected = gradient(gradient_rescaling, LOGITS[kept], LABELS[kept], normalize=True)
    np.testing.assert_allclose(actual[kept], expected, rtol=1e-6)
    np.testing.assert_array_equal(actual[1], 0)


def test_normalized_weights_do_not_hide_a_nan():
    logits = LOGITS.at[1, 0].set(jnp.nan)
    actual = gradient(gradient_rescaling, logits, normalize=True)
    assert np.isnan(actual).any(axis=-1).all()


def test_normalized_weights_of_zero_stay_zero():
    """All examples are certain, and g is the identity."""
    logits = 1e4 * jax.nn.one_hot(LABELS, 4)
    actual = gradient(gradient_rescaling, logits, g=identity, normalize=True)
    np.testing.assert_array_equal(actual, 0)


def test_beta_and_lam_may_be_traced_and_have_no_gradient():
    def loss(beta, lam, z):
        return gradient_rescaling(z, LABELS, beta=beta, lam=lam).sum()

    gradients = jax.jit(jax.grad(loss, argnums=(0, 1, 2)))(8.0, 0.5, LOGITS)
    np.testing.assert_array_equal(gradients[:2], 0.0)
    np.testing.assert_allclose(
        gradients[2], gradient(gradient_rescaling), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("name", ["beta", "lam", "eps"])
def test_negative_parameters_raise(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
        gradient_rescaling(LOGITS, LABELS, **{name: -1.0})
