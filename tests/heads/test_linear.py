"""The linear head."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.heads import Linear

FEATURES = jax.random.normal(jax.random.key(1), (4, 5, 256))
PARAMS = Linear(10).init(jax.random.key(0), FEATURES)["params"]


def test_logits_are_the_linear_map_of_the_features_of_any_leading_shape():
    features, logits = Linear(10).apply({"params": PARAMS}, FEATURES)
    np.testing.assert_array_equal(features, FEATURES)
    expected = np.asarray(FEATURES, float) @ PARAMS["kernel"] + PARAMS["bias"]
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_weight_and_bias_start_as_in_torch():
    assert jax.tree.map(jnp.shape, PARAMS) == {"kernel": (256, 10), "bias": (10,)}
    for value in PARAMS.values():
        assert 0.8 < np.abs(value).max() * 256**0.5 <= 1


def test_bfloat16_factors_are_summed_in_float32():
    # Logits rounded to bfloat16 would put the cross entropy off by 0.4 %.
    logits = Linear(10, dtype=jnp.bfloat16).apply({"params": PARAMS}, FEATURES).logits
    assert logits.dtype == jnp.float32
    rounded = jax.tree.map(lambda x: x.astype(jnp.bfloat16).astype(float), FEATURES)
    kernel = PARAMS["kernel"].astype(jnp.bfloat16).astype(float)
    np.testing.assert_allclose(logits, rounded @ kernel + PARAMS["bias"], atol=1e-5)


def test_half_precision_features_get_float32_parameters_and_finite_gradients():
    def loss(params, features):
        return Linear(10, dtype=jnp.bfloat16).apply(params, features).logits.sum()

    features = FEATURES.astype(jnp.bfloat16)
    of_params, of_features = jax.grad(loss, argnums=(0, 1))(
        {"params": PARAMS}, features
    )
    assert of_features.dtype == jnp.bfloat16
    for gradient in jax.tree.leaves(of_params):
        assert gradient.dtype == jnp.float32 and jnp.isfinite(gradient).all()


def test_integer_features_are_an_error():
    with pytest.raises(TypeError, match="features must be floating, got int32"):
        Linear(10).init(jax.random.key(0), jnp.zeros((2, 3), int))


def test_a_scalar_is_an_error():
    with pytest.raises(ValueError, match=r"\[..., num_features\], got a scalar"):
        Linear(10).init(jax.random.key(0), jnp.float32(0))
