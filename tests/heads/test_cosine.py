"""`heads.Cosine` and `heads.Fixed`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from adrjax.heads import Classifier, Cosine, Fixed

RNG = np.random.default_rng(0)
FEATURES = jnp.asarray(RNG.normal(size=(4, 5, 16)), jnp.float32)
CENTROIDS = jnp.asarray(RNG.normal(size=(10, 16)), jnp.float32)
PARAMS = Cosine(10).init(jax.random.key(0), FEATURES)["params"]
HEADS = {
    "Cosine": (Cosine(10), {"params": PARAMS}, PARAMS["weights"]),
    "Fixed": (Fixed(CENTROIDS), {}, CENTROIDS),
}
both = pytest.mark.parametrize("head, variables, rows", HEADS.values(), ids=HEADS)


@both
def test_logits_are_cosines_of_any_leading_shape(head, variables, rows):
    features, cosines = head.apply(variables, FEATURES)
    np.testing.assert_array_equal(features, FEATURES)
    expected = np.einsum("...d,cd", np.float64(FEATURES), np.float64(rows))
    expected /= np.linalg.norm(np.float64(FEATURES), axis=-1, keepdims=True)
    expected /= np.linalg.norm(np.float64(rows), axis=-1)
    np.testing.assert_allclose(cosines, expected, atol=1e-6)


@both
def test_feature_of_zero_has_cosines_and_gradients_of_zero(head, variables, rows):
    def total(features):
        logits = head.apply(variables, features).logits
        return jnp.sum(logits**3), logits

    features = FEATURES.at[0, 0].set(0)
    gradient, logits = jax.grad(total, has_aux=True)(features)
    assert (logits[0, 0] == 0).all() and (gradient[0, 0] == 0).all()
    assert jnp.isfinite(gradient).all()


@both
def test_cosines_of_bfloat16_features_are_computed_in_float32(head, variables, rows):
    features = FEATURES.astype(jnp.bfloat16)
    half = head.apply(variables, features).logits
    exact = head.apply(variables, features.astype(jnp.float32)).logits
    np.testing.assert_array_equal(half, exact)


@both
def test_cosines_of_dtype_bfloat16_are_those_of_rounded_vectors(head, variables, rows):
    features = FEATURES.at[0, 0].set(1024 * rows[3]).at[0, 1].set(0)
    half = head.clone(dtype=jnp.bfloat16).apply(variables, features).logits
    x, w = (v.astype(jnp.bfloat16).astype(jnp.float32) for v in (features, rows))
    np.testing.assert_allclose(half, margins.cosines(x, w), atol=1e-6)
    assert abs(half[0, 0, 3] - 1) < 1e-6 and (half[0, 1] == 0).all()


@both
def test_gradients_of_dtype_bfloat16_are_near_those_of_float32(head, variables, rows):
    def slopes(dtype):
        def total(variables, features):
            logits = head.clone(dtype=dtype).apply(variables, features).logits
            return jnp.sum(logits**3)

        return jax.grad(total, (0, 1))(variables, FEATURES)

    for half, exact in zip(
        *(jax.tree.leaves(slopes(dtype)) for dtype in (jnp.bfloat16, jnp.float32)),
        strict=True,
    ):
        assert half.dtype == jnp.float32
        np.testing.assert_allclose(half, exact, atol=0.02 * np.abs(exact).max())


def test_weight_of_zero_has_cosines_and_gradients_of_zero():
    weights = PARAMS["weights"].at[3].set(0)

    def total(weights):
        cosines = Cosine(10).apply({"params": {"weights": weights}}, FEATURES).logits
        return jnp.sum(cosines), cosines

    gradient, cosines = jax.grad(total, has_aux=True)(weights)
    assert (cosines[..., 3] == 0).all() and (gradient[3] == 0).all()
    assert jnp.isfinite(gradient).all()


def test_cosine_weights_start_isotropic():
    assert jax.tree.map(jnp.shape, PARAMS) == {"weights": (10, 16)}
    weights = Cosine(500).init(jax.random.key(0), FEATURES)["params"]["weights"]
    np.testing.assert_allclose(np.cov(weights.T) / 1e-4, np.eye(16), atol=0.3)


def test_fixed_centroids_are_not_parameters():
    class Backbone(Cosine):
        def __call__(self, x, *, train):
            return super().__call__(x).features

    model = Classifier(backbone=Backbone(3), head=Fixed(CENTROIDS))
    variables = model.init(jax.random.key(0), FEATURES, train=False)
    assert variables.keys() == {"params"}
    assert variables["params"].keys() == {"backbone"}


def test_fixed_of_centroids_of_another_dimension_is_an_error():
    with pytest.raises(ValueError, match=r"\[num_classes, 15\]"):
        Fixed(CENTROIDS).apply({}, FEATURES[..., :15])


def test_fixed_heads_of_equal_centroids_are_equal_and_have_one_hash():
    first, same = Fixed(CENTROIDS), Fixed(np.array(CENTROIDS))
    other = Fixed(CENTROIDS.at[0, 0].add(1))
    assert first == same and hash(first) == hash(same)
    assert first != other and hash(first) != hash(other)
    assert first != Cosine(10) and first != first.clone(dtype=jnp.bfloat16)
    models = [Classifier(backbone=Cosine(3), head=head) for head in (first, same)]
    assert models[0] == models[1] and hash(models[0]) == hash(models[1])


def test_fixed_head_is_one_static_argument_of_jit_for_equal_centroids():
    traces = []

    @functools.partial(jax.jit, static_argnums=1)
    def apply(features, head):
        traces.append(head)
        return head.apply({}, features).logits

    first, same = (apply(FEATURES, Fixed(x)) for x in (CENTROIDS, np.array(CENTROIDS)))
    assert len(traces) == 1
    np.testing.assert_array_equal(first, same)
