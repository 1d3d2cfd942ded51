"""`heads.Classifier`."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax.backbones import DigitsCNN
from adrjax.heads import Classifier, Embedding, Linear


class Backbone(nn.Module):
    @nn.compact
    def __call__(self, x, *, train):
        return nn.BatchNorm(use_running_average=not train)(x.mean(axis=(1, 2)))


IMAGES = jax.random.normal(jax.random.key(1), (8, 4, 4, 3))
MODEL = Classifier(backbone=Backbone(), head=Linear(10))
VARIABLES = MODEL.init(jax.random.key(0), IMAGES, train=False)


@pytest.mark.parametrize("train", [True, False])
def test_classifier_is_the_head_of_the_backbone(train):
    outputs, updates = MODEL.apply(
        VARIABLES, IMAGES, train=train, mutable=["batch_stats"]
    )
    part = {
        name: {k: v[name] for k, v in VARIABLES.items() if name in v}
        for name in ("backbone", "head")
    }
    features, expected_updates = Backbone().apply(
        part["backbone"], IMAGES, train=train, mutable=["batch_stats"]
    )
    expected = Linear(10).apply(part["head"], features)

    assert isinstance(outputs, adrjax.Outputs)
    np.testing.assert_array_equal(outputs.features, features)
    np.testing.assert_array_equal(outputs.logits, expected.logits)
    jax.tree.map(
        np.testing.assert_array_equal,
        updates["batch_stats"]["backbone"],
        expected_updates["batch_stats"],
    )


def test_parameters_are_named_after_their_part():
    assert jax.tree.map(jnp.shape, VARIABLES["params"]) == {
        "backbone": {"BatchNorm_0": {"scale": (3,), "bias": (3,)}},
        "head": {"kernel": (3, 10), "bias": (10,)},
    }


def test_dropout_drops_inputs_of_the_head_in_training_only():
    model = Classifier(backbone=Backbone(), head=Linear(10), dropout=0.5)

    @jax.jit
    @jax.vmap
    def train(key):
        rngs = {"dropout": key}
        return model.apply(
            VARIABLES, IMAGES, train=True, rngs=rngs, mutable=["batch_stats"]
        )[0]

    whole = MODEL.apply(VARIABLES, IMAGES, train=True, mutable=["batch_stats"])[0]
    trained = train(jax.random.split(jax.random.key(0), 100))
    for features in trained.features:
        np.testing.assert_allclose(features, whole.features, rtol=1e-6)
    assert (trained.logits[0] != trained.logits[1]).any()
    mean = np.mean(trained.logits, axis=0)
    np.testing.assert_allclose(mean, whole.logits, atol=0.6)
    np.testing.assert_array_equal(
        model.apply(VARIABLES, IMAGES, train=False).logits,
        MODEL.apply(VARIABLES, IMAGES, train=False).logits,
    )


WITH_NECK = Classifier(backbone=Backbone(), head=Linear(10), neck=Embedding(5))


def test_neck_maps_the_features_of_the_backbone_to_those_of_the_head():
    variables = WITH_NECK.init(jax.random.key(0), IMAGES, train=False)
    params = variables["params"]
    assert params.keys() == {"backbone", "neck", "head"}

    @jax.jit
    def evaluate(variables):
        outputs = WITH_NECK.apply(variables, IMAGES, train=False)
        return outputs, WITH_NECK.apply(variables, IMAGES, method="pooled")

    outputs, pooled = evaluate(variables)
    expected = MODEL.apply(VARIABLES, IMAGES, train=False).features
    np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-7)
    embedded = Embedding(5).apply({"params": params["neck"]}, pooled)
    np.testing.assert_allclose(outputs.features, embedded, rtol=1e-5, atol=1e-6)
    logits = Linear(10).apply({"params": params["head"]}, embedded).logits
    np.testing.assert_allclose(outputs.logits, logits, rtol=1e-5, atol=1e-6)


def test_pooled_features_beside_the_outputs_cost_nothing():
    images = np.zeros((2, 8, 8, 1), np.float32)
    model = Classifier(backbone=DigitsCNN(), head=Linear(10), neck=Embedding(5))
    variables = jax.eval_shape(
        lambda: model.init(jax.random.key(0), images, train=False)
    )

    def both(variables):
        outputs = model.apply(variables, images, train=False)
        return outputs, model.apply(variables, images, method="pooled")

    def outputs(variables):
        return model.apply(variables, images, train=False)

    def flops(f):
        return jax.jit(f).lower(variables).compile().cost_analysis()["flops"]

    assert flops(both) < 1.05 * flops(outputs)


@pytest.mark.parametrize("dropout", [-0.1, 1.5, float("nan")])
def test_dropout_that_is_not_a_rate_is_an_error(dropout):
    model = Classifier(backbone=Backbone(), head=Linear(10), dropout=dropout)
    with pytest.raises(ValueError, match=r"dropout must be .*, got"):
        jax.eval_shape(lambda: model.apply(VARIABLES, IMAGES, train=False))
