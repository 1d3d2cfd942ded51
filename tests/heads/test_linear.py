"""`heads.Linear`."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from adrjax.heads import Linear

FEATURES = jax.random.normal(jax.random.key(1), (4, 5, 256))
PARAMS = Linear(10).init(jax.random.key(0), FEATURES)["params"]


def test_logits_are_the_linear_map_of_features_of_any_leading_shape():
    features, logits = Linear(10).apply({"params": PARAMS}, FEATURES)
    np.testing.assert_array_equal(features, FEATURES)
    kernel, bias = np.asarray(PARAMS["kernel"]), np.asarray(PARAMS["bias"])
    expected = np.asarray(FEATURES, float) @ kernel + bias
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_weights_and_bias_start_as_in_torch():
    assert jax.tree.map(jnp.shape, PARAMS) == {"kernel": (256, 10), "bias": (10,)}
    for value in PARAMS.values():
        assert 0.8 < np.abs(value).max() * 256**0.5 <= 1


def test_kernel_init_and_bias_init_replace_the_start_of_torch():
    head = Linear(
        10, kernel_init=nn.initializers.lecun_uniform(), bias_init=nn.initializers.zeros
    )
    params = head.init(jax.random.key(0), FEATURES)["params"]
    # Caffe's "xavier": U(-b, b), b = sqrt(3 / fan_in).
    assert 0.95 < np.abs(params["kernel"]).max() * (256 / 3) ** 0.5 <= 1
    assert (params["bias"] == 0).all()


def test_bfloat16_products_are_summed_in_float32():
    # Logits rounded to bfloat16 would change the cross entropy by 0.4 %.
    logits = Linear(10, dtype=jnp.bfloat16).apply({"params": PARAMS}, FEATURES).logits
    assert logits.dtype == jnp.float32
    rounded = np.asarray(FEATURES.astype(jnp.bfloat16), float)
    kernel = np.asarray(PARAMS["kernel"].astype(jnp.bfloat16), float)
    bias = np.asarray(PARAMS["bias"])
    np.testing.assert_allclose(logits, rounded @ kernel + bias, atol=1e-5)


def test_gradients_of_half_precision_are_finite_in_their_own_dtypes():
    def loss(params, features):
        return Linear(10, dtype=jnp.bfloat16).apply(params, features).logits.sum()

    features = FEATURES.astype(jnp.bfloat16)
    by_params, by_features = jax.grad(loss, argnums=(0, 1))(
        {"params": PARAMS}, features
    )
    assert by_features.dtype == jnp.bfloat16
    for gradient in jax.tree.leaves(by_params):
        assert gradient.dtype == jnp.float32 and jnp.isfinite(gradient).all()
