"""`heads.Centers`."""

import flax.linen as nn
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


def test_kernel_init_and_bias_init_are_those_of_the_linear_head():
    head = Centers(
        3, 8, kernel_init=nn.initializers.ones, bias_init=nn.initializers.zeros
    )
    linear = head.init(jax.random.key(0), FEATURES)["params"]["linear"]
    assert (linear["kernel"] == 1).all() and (linear["bias"] == 0).all()


def test_the_variance_starts_where_it_is_told():
    outputs, _ = Centers(3, 8, variance=66.0).init_with_output(
        jax.random.key(0), FEATURES
    )
    assert float(outputs.variance) == pytest.approx(66)
    with pytest.raises(ValueError, match="variance must be positive, got 0"):
        Centers(3, 8, variance=0.0).init(jax.random.key(0), FEATURES)


def test_features_after_relu_die_if_the_variance_starts_far_below_their_distances():
    """One layer trained by IE with Q in the exponent, as the head's docstring says."""
    images = 8 * jnp.abs(jax.random.normal(jax.random.key(2), (32, 16)))
    labels = jnp.arange(32) % 3

    def share_active(variance):
        head = Centers(3, 8, variance=variance)
        weights = jax.random.normal(jax.random.key(3), (16, 8)) / 4
        params = {
            "weights": weights,
            "head": head.init(jax.random.key(0), FEATURES)["params"],
        }

        @jax.jit
        @jax.grad
        def gradients_of(params):
            features = jax.nn.relu(images @ params["weights"])
            outputs = head.apply({"params": params["head"]}, features)
            values = embeddings.include_exclude(
                outputs.features,
                labels,
                outputs.centers,
                outputs.variance,
                inside=True,
            )
            return values.mean()

        for _ in range(50):
            params = jax.tree.map(
                lambda x, g: x - 0.01 * g, params, gradients_of(params)
            )
        return float(jnp.mean(images @ params["weights"] > 0))

    assert share_active(1.0) < 0.1 < 0.3 < share_active(500.0)


def test_centers_start_uniform_in_the_number_of_features():
    centers = Centers(3, 8).init(jax.random.key(0), FEATURES)["params"]["centers"]
    assert 0.8 < np.abs(centers).max() * (8 / 3) ** 0.5 <= 1


def loss(params):
    outputs = Centers(3, 8).apply({"params": params}, FEATURES)
    values = losses.cross_entropy(outputs.logits, LABELS)
    return jnp.mean(
        values
        + embeddings.include_exclude(
            outputs.features, LABELS, outputs.centers, outputs.variance
        )
    )


def test_optimizer_moves_centers_and_variance_and_the_variance_stays_positive():
    optimizer = optax.sgd(2.0)  # one step of the variance itself would go below 0

    @jax.jit
    def step(params, state):
        value, gradients = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(gradients, state)
        params = optax.apply_updates(params, updates)
        return value, params, state, jnp.exp(params["log_variance"])

    params, state, values = PARAMS, optimizer.init(PARAMS), []
    for _ in range(5):
        value, params, state, variance = step(params, state)
        values.append(value)
        assert 0 < variance < jnp.inf
    assert values[-1] < values[0]
    for name in ("centers", "log_variance"):
        assert not np.allclose(params[name], PARAMS[name])


def test_features_of_another_dimension_are_an_error():
    with pytest.raises(ValueError, match=r"must be \[..., 8\], got shape \(6, 7\)"):
        Centers(3, 8).init(jax.random.key(0), FEATURES[:, :7])


def test_dim_of_zero_is_an_error():
    with pytest.raises(ValueError, match="dim must be at least 1, got 0"):
        Centers(3, 0).init(jax.random.key(0), FEATURES[:, :0])
