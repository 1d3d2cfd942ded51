"""Circle loss at class level: the logits and their weights."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins

LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
COSINES = np.tanh(np.random.default_rng(0).normal(size=(6, 5))).astype(np.float32)
IS_LABEL = np.eye(5, dtype=bool)[LABELS]


def printed(c, margin, scale):
    """Eq. (6) of one positive, with the weights of Eq. (5)."""
    s_p, s_n = c[IS_LABEL], c[~IS_LABEL].reshape(len(c), -1)
    a_p, a_n = jnp.maximum(1 + margin - s_p, 0), jnp.maximum(s_n + margin, 0)
    negatives = jnp.exp(scale * a_n * (s_n - margin)).sum(-1)
    return jnp.log(1 + negatives * jnp.exp(-scale * a_p * (s_p - (1 - margin))))


def of_logits(c, margin, scale):
    logits = margins.circle(c, LABELS, margin=margin, scale=scale, stop_weights=False)
    return losses.cross_entropy(logits, LABELS)


def test_cross_entropy_of_circle_logits_is_the_circle_loss():
    @functools.partial(jax.jit, static_argnums=0)
    def value_and_gradient(loss, *arguments):
        def total(c):
            values = loss(c, *arguments[1:])
            return values.sum(), values

        return jax.value_and_grad(total, has_aux=True)(arguments[0])

    with jax.enable_x64(True):
        cosines = jnp.asarray(COSINES, float)
        for settings in [(0.0, 1.0), (0.25, 4.0), (0.4, 16.0)]:
            (_, actual), slope = value_and_gradient(of_logits, cosines, *settings)
            (_, exact), expected = value_and_gradient(printed, cosines, *settings)
            np.testing.assert_allclose(actual, exact, rtol=1e-10)
            np.testing.assert_allclose(slope, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("stop_weights", [True, False])
def test_circle_weights_are_constants_unless_stop_weights_is_false(stop_weights):
    margin, scale = 0.25, 8.0

    @jax.jit
    @jax.grad
    def gradient(c):
        return margins.circle(
            c, LABELS, margin=margin, scale=scale, stop_weights=stop_weights
        ).sum()

    weights = np.maximum(np.where(IS_LABEL, 1 + margin - COSINES, COSINES + margin), 0)
    optimum = np.where(IS_LABEL, 1 - margin - COSINES, COSINES - margin)
    through = 0 if stop_weights else (weights > 0) * optimum
    expected = scale * (weights + through)
    np.testing.assert_allclose(gradient(COSINES), expected, rtol=1e-4, atol=1e-5)


def test_circle_defaults_to_the_settings_of_the_paper():
    expected = margins.circle(
        COSINES, LABELS, margin=0.25, scale=256.0, stop_weights=True
    )
    np.testing.assert_array_equal(margins.circle(COSINES, LABELS), expected)


def test_circle_cosine_below_minus_the_margin_has_logit_and_gradient_zero():
    c = np.full((1, 2), -0.3, np.float32)
    logits, slope = jax.value_and_grad(lambda c: margins.circle(c, [0])[0, 1])(c)
    assert logits == 0 and (slope == 0).all()


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_circle_is_exact_at_cosines_1_and_minus_1(end):
    logits = margins.circle(np.full((1, 2), end, np.float32), [0], margin=0.25, scale=4)
    of_label = 4 * (1.25 - end) * (end - 0.75)
    other = 4 * max(end + 0.25, 0) * (end - 0.25)
    np.testing.assert_array_equal(logits, [[of_label, other]])


@pytest.mark.parametrize("name", ["margin", "scale"])
def test_circle_settings_must_not_be_negative(name):
    with pytest.raises(ValueError, match=rf"{name} must be at least 0, got -0\.1"):
        margins.circle(COSINES, LABELS, **{name: -0.1})
