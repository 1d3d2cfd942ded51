"""The linear head that shows its weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, margins
from adrjax.heads import Projection

FEATURES = jax.random.normal(jax.random.key(1), (2, 3, 256))
LABELS = np.array([[0, 4, 2], [1, 1, 3]])
PARAMS = Projection(5).init(jax.random.key(0), FEATURES)["params"]
MARGINS = {False: margins.large_margin, True: margins.sphereface}
both = pytest.mark.parametrize("unit", [False, True])


def apply(params, features=FEATURES, unit=False):
    return Projection(5, unit=unit).apply({"params": params}, features)


@both
def test_logits_are_products_with_the_weights(unit):
    features, logits, weights = apply(PARAMS, unit=unit)
    expected = np.float64(PARAMS["weights"])
    if unit:
        expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    np.testing.assert_array_equal(features, FEATURES)
    np.testing.assert_allclose(weights, expected, atol=1e-7)
    np.testing.assert_allclose(logits, np.float64(FEATURES) @ expected.T, atol=1e-5)


@both
def test_its_margin_changes_the_logit_of_the_label_only(unit):
    features, logits, weights = apply(PARAMS, unit=unit)
    margin = MARGINS[unit](features, weights, LABELS)
    is_label = LABELS[..., None] == np.arange(5)
    np.testing.assert_allclose(margin[~is_label], logits[~is_label], rtol=1e-4)
    assert (margin[is_label] < logits[is_label]).all()


@both
def test_the_weights_learn_from_the_margin(unit):
    def loss(params):
        outputs = apply(params, unit=unit)
        logits = MARGINS[unit](outputs.features, outputs.weights, LABELS)
        return losses.cross_entropy(logits, LABELS).mean()

    gradients = jax.jit(jax.grad(loss))(PARAMS)
    lower = jax.tree.map(lambda w, g: w - 1e-3 * g, PARAMS, gradients)
    assert loss(lower) < loss(PARAMS)


def test_weights_start_as_those_of_the_linear_head():
    assert jax.tree.map(jnp.shape, PARAMS) == {"weights": (5, 256)}
    assert 0.8 < np.abs(PARAMS["weights"]).max() * 256**0.5 <= 1


def test_half_precision_features_come_back_and_their_logits_are_float32():
    features, logits, _ = apply(PARAMS, FEATURES.astype(jnp.bfloat16))
    assert features.dtype == jnp.bfloat16 and logits.dtype == jnp.float32


def test_features_that_are_none_are_an_error():
    with pytest.raises(TypeError, match="features must be floating, got int32"):
        apply(PARAMS, jnp.zeros((2, 3), int))
    with pytest.raises(ValueError, match=r"\[..., num_features\], got a scalar"):
        apply(PARAMS, jnp.float32(0))
