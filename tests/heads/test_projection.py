"""`heads.Projection`."""

import flax.linen as nn
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
def test_margin_on_its_outputs_lowers_the_label_and_trains_the_weights(unit):
    @jax.jit
    def logits_and_gradient(params):
        def loss(params):
            outputs = apply(params, unit=unit)
            logits = MARGINS[unit](outputs.features, outputs.weights, LABELS)
            return jnp.sum(IS_LABEL * logits), (outputs, logits)

        return jax.grad(loss, has_aux=True)(params)

    gradient, (outputs, logits) = logits_and_gradient(PARAMS)
    np.testing.assert_allclose(
        logits[~IS_LABEL], outputs.logits[~IS_LABEL], rtol=1e-4, atol=1e-6
    )
    assert (logits[IS_LABEL] < outputs.logits[IS_LABEL]).all()
    assert np.isfinite(gradient["weights"]).all()
    assert (gradient["weights"] != 0).all()


def test_weights_start_as_those_of_the_linear_head():
    assert jax.tree.map(jnp.shape, PARAMS) == {"weights": (5, 256)}
    assert 0.8 < np.abs(PARAMS["weights"]).max() * 256**0.5 <= 1


def test_kernel_init_is_of_features_and_classes_as_in_the_linear_head():
    init = nn.initializers.lecun_uniform()
    weights = Projection(5, kernel_init=init).init(jax.random.key(0), FEATURES)
    weights = weights["params"]["weights"]
    assert weights.shape == (5, 256)
    assert 0.95 < np.abs(weights).max() * (256 / 3) ** 0.5 <= 1


def test_half_precision_features_have_float32_logits():
    half = FEATURES.astype(jnp.bfloat16)
    np.testing.assert_array_equal(
        apply(PARAMS, half).logits, apply(PARAMS, half.astype(jnp.float32)).logits
    )
