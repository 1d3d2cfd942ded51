"""The linear head that shows its weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from adrjax.heads import Projection

FEATURES = jax.random.normal(jax.random.key(1), (2, 3, 256))
LABELS = np.array([[0, 4, 2], [1, 1, 3]])
IS_LABEL = LABELS[..., None] == np.arange(5)
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
def test_a_margin_on_its_outputs_teaches_the_weights(unit):
    @jax.jit
    def logits_and_slope(params):
        def loss(params):
            outputs = apply(params, unit=unit)
            logits = MARGINS[unit](outputs.features, outputs.weights, LABELS)
            return jnp.sum(IS_LABEL * logits), (outputs, logits)

        return jax.grad(loss, has_aux=True)(params)

    slope, (outputs, logits) = logits_and_slope(PARAMS)
    np.testing.assert_allclose(
        logits[~IS_LABEL], outputs.logits[~IS_LABEL], rtol=1e-4, atol=1e-6
    )
    assert (logits[IS_LABEL] < outputs.logits[IS_LABEL]).all()
    assert np.isfinite(slope["weights"]).all() and (slope["weights"] != 0).all()


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
