"""The heads of cosines: learned weights and fixed centroids."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import centroids
from adrjax.heads import Classifier, Cosine, Fixed

FEATURES = jax.random.normal(jax.random.key(1), (4, 5, 16))
CENTROIDS = centroids.simplex(jax.random.key(2), 10, 16)
PARAMS = Cosine(10).init(jax.random.key(0), FEATURES)["params"]
HEADS = {
    "learned": (Cosine(10), {"params": PARAMS}, PARAMS["weights"]),
    "fixed": (Fixed(CENTROIDS), {}, CENTROIDS),
}
both = pytest.mark.parametrize("head, variables, rows", HEADS.values(), ids=HEADS)


@both
def test_logits_are_cosines_for_any_leading_shape(head, variables, rows):
    features, cosines = head.apply(variables, FEATURES)
    np.testing.assert_array_equal(features, FEATURES)
    expected = np.einsum("...d,cd", np.float64(FEATURES), np.float64(rows))
    expected /= np.linalg.norm(np.float64(FEATURES), axis=-1, keepdims=True)
    expected /= np.linalg.norm(np.float64(rows), axis=-1)
    np.testing.assert_allclose(cosines, expected, atol=1e-6)


@both
def test_a_feature_of_zero_has_cosines_and_gradients_of_zero(head, variables, rows):
    def total(features):
        return jnp.sum(head.apply(variables, features).logits ** 3 + features.sum())

    features = FEATURES.at[0, 0].set(0)
    assert (head.apply(variables, features).logits[0, 0] == 0).all()
    assert jnp.isfinite(jax.grad(total)(features)).all()


@both
def test_half_precision_features_come_back_and_their_cosines_are_float32(
    head, variables, rows
):
    features = FEATURES.astype(jnp.bfloat16)
    outputs = head.apply(variables, features)
    assert outputs.features.dtype == jnp.bfloat16
    assert outputs.logits.dtype == jnp.float32
    exact = head.apply(variables, features.astype(jnp.float32)).logits
    np.testing.assert_array_equal(outputs.logits, exact)


@both
def test_features_that_do_not_fit_are_an_error(head, variables, rows):
    with pytest.raises(TypeError, match="features must be floating, got int32"):
        head.apply(variables, jnp.zeros((2, 16), int))
    with pytest.raises(ValueError, match=r"\[..., num_features\], got a scalar"):
        head.apply(variables, jnp.float32(0))


def test_a_weight_of_zero_has_cosines_and_gradients_of_zero():
    weights = PARAMS["weights"].at[3].set(0)

    def total(weights):
        cosines = Cosine(10).apply({"params": {"weights": weights}}, FEATURES).logits
        return jnp.sum(cosines), cosines

    gradient, cosines = jax.grad(total, has_aux=True)(weights)
    assert (cosines[..., 3] == 0).all() and (gradient[3] == 0).all()
    assert jnp.isfinite(gradient).all()


def test_weights_start_in_all_directions_alike():
    assert jax.tree.map(jnp.shape, PARAMS) == {"weights": (10, 16)}
    weights = Cosine(500).init(jax.random.key(0), FEATURES)["params"]["weights"]
    np.testing.assert_allclose(np.cov(weights.T) / 1e-4, np.eye(16), atol=0.3)


def test_fixed_centroids_are_no_parameters():
    class Backbone(Cosine):
        def __call__(self, x, *, train):
            return super().__call__(x).features

    model = Classifier(backbone=Backbone(3), head=Fixed(CENTROIDS))
    variables = model.init(jax.random.key(0), FEATURES, train=False)
    assert variables.keys() == {"params"}
    assert variables["params"].keys() == {"backbone"}


def test_centroids_of_another_dimension_are_an_error():
    with pytest.raises(ValueError, match=r"want weights of shape \[num_classes, 15\]"):
        Fixed(CENTROIDS).apply({}, FEATURES[..., :15])
