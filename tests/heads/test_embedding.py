"""`heads.Embedding`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.heads import Embedding, Linear
from tests.factors import factor_dtypes

FEATURES = jax.random.normal(jax.random.key(1), (4, 5, 16))
PARAMS = Embedding(8).init(jax.random.key(0), FEATURES)["params"]


def test_embedding_has_the_parameters_and_values_of_a_linear_head():
    linear = Linear(8).init(jax.random.key(0), FEATURES)["params"]
    jax.tree.map(np.testing.assert_array_equal, PARAMS, linear)
    embedded = Embedding(8).apply({"params": PARAMS}, FEATURES)
    logits = Linear(8).apply({"params": PARAMS}, FEATURES).logits
    np.testing.assert_array_equal(embedded, logits)


def test_embedding_in_bfloat16_returns_bfloat16():
    half = Embedding(8, dtype=jnp.bfloat16)
    variables = {"params": PARAMS}
    assert factor_dtypes(half.apply, variables, FEATURES) == {"bfloat16"}
    assert jax.eval_shape(half.apply, variables, FEATURES).dtype == jnp.bfloat16


def test_embedding_checks_features_and_dim():
    with pytest.raises(TypeError, match="features must be floating, got int32"):
        Embedding(8).init(jax.random.key(0), np.ones((2, 3), np.int32))
    with pytest.raises(ValueError, match="dim must be at least 1, got 0"):
        Embedding(0).init(jax.random.key(0), FEATURES)
