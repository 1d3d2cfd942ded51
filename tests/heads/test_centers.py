"""The head of learned centers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import embeddings, losses
from adrjax.heads import Centers, Linear

FEATURES = jax.random.normal(jax.random.key(1), (6, 8))
LABELS = np.array([0, 1, 2, 0, 1, 2])
PARAMS = Centers(3, 8).init(jax.random.key(0), FEATURES)["params"]


def test_logits_are_those_of_a_linear_head_beside_the_centers():
    outputs = Centers(3, 8).apply({"params": PARAMS}, FEATURES)
    linear = Linear(3).apply({"params": PARAMS["linear"]}, FEATURES)
    np.testing.assert_array_equal(outputs.features, FEATURES)
    np.testing.assert_array_equal(outputs.logits, linear.logits)
    np.testing.assert_array_equal(outputs.centers, PARAMS["centers"])
    assert outputs.centers.shape == (3, 8) and outputs.variance == 1


def loss(params):
    outputs = Centers(3, 8).apply({"params": params}, FEATURES)
    values = losses.cross_entropy(outputs.logits, LABELS)
    return jnp.mean(
        values
        + embeddings.include_exclude(
            outputs.features, LABELS, outputs.centers, outputs.variance
        )
    )


def test_the_optimizer_moves_centers_and_variance_and_the_variance_stays_positive():
    optimizer = optax.sgd(2.0)  # one step of the variance itself would pass 0
    params, state = PARAMS, optimizer.init(PARAMS)
    step = jax.jit(jax.value_and_grad(loss))
    values = []
    for _ in range(5):
        value, gradients = step(params)
        updates, state = optimizer.update(gradients, state)
        params = optax.apply_updates(params, updates)
        values.append(value)
        variance = Centers(3, 8).apply({"params": params}, FEATURES).variance
        assert 0 < variance < jnp.inf
    assert values[-1] < values[0]
    for name in ("centers", "log_variance"):
        assert not np.allclose(params[name], PARAMS[name])


def test_features_of_another_dimension_are_an_error():
    with pytest.raises(ValueError, match=r"must be \[..., 8\], got shape \(6, 7\)"):
        Centers(3, 8).init(jax.random.key(0), FEATURES[:, :7])
