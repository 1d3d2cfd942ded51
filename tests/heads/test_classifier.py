"""A backbone with a head."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import adrjax
from adrjax.heads import Classifier, Linear


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


def test_dropout_hides_features_from_the_head_in_training_only():
    model = Classifier(backbone=Backbone(), head=Linear(10), dropout=0.5)
    keys = [{"dropout": jax.random.key(seed)} for seed in range(200)]

    def logits(train, rngs):
        outputs, _ = model.apply(
            VARIABLES, IMAGES, train=train, rngs=rngs, mutable=["batch_stats"]
        )
        return outputs

    whole = MODEL.apply(VARIABLES, IMAGES, train=True, mutable=["batch_stats"])[0]
    trained = [logits(True, rngs) for rngs in keys]
    for outputs in trained:
        np.testing.assert_array_equal(outputs.features, whole.features)
    assert (trained[0].logits != trained[1].logits).any()
    mean = np.mean([outputs.logits for outputs in trained], axis=0)
    np.testing.assert_allclose(mean, whole.logits, atol=0.5)
    np.testing.assert_array_equal(
        logits(False, None).logits,
        MODEL.apply(VARIABLES, IMAGES, train=False).logits,
    )
