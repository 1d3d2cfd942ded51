"""train.Evaluator and train.Network: a network applied to whole splits."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import Outputs, StatefulLoss, data, heads, losses, train
from tests.train._run import DATASET, digits, on_logits
from tests.train.test_step import NormalizedNet


def evaluator(model=None, *, loss=losses.cross_entropy, **options):
    objective = train.objective(on_logits(loss))
    options = {"batch_size": 24} | options
    return train.Evaluator(model or NormalizedNet(), DATASET, objective, **options)


@functools.cache
def variables():
    model = NormalizedNet()
    init = functools.partial(model.init, train=False)
    return jax.jit(init)(jax.random.key(0), jnp.zeros((1, *DATASET.shape)))


@functools.cache
def plain():
    """Returns the outputs of the model for the test images, one batch without a map."""
    images = DATASET.normalize(digits()[1].images)
    return jax.device_get(NormalizedNet().apply(variables(), images, train=False))


def everything(examples):
    logits, labels = examples.outputs.logits, examples.labels
    return {
        "outputs": examples.outputs,
        "labels": labels,
        "hits": jnp.argmax(logits, -1) == labels,
        "loss": examples.loss(examples.outputs, labels),
    }


@pytest.mark.parametrize(
    ("devices", "parallel", "batch_size"),
    [
        (None, "pmap", 24),
        (1, "pmap", 101),
        (1, "shard_map", 30),
        (8, "shard_map", 1),  # rounded up to the devices
        pytest.param(3, "pmap", 100, marks=pytest.mark.long),
    ],
)
def test_map_equals_the_plain_model_on_all_rows(devices, parallel, batch_size):
    found = (
        evaluator(devices=devices, parallel=parallel, batch_size=batch_size)
        .network(variables())
        .map(everything, digits()[1])
    )
    labels, wanted = digits()[1].labels, plain()
    assert all(isinstance(x, np.ndarray) for x in jax.tree.leaves(found))
    np.testing.assert_array_equal(found["labels"], labels)
    for ours, theirs in zip(found["outputs"], wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found["hits"], wanted.logits.argmax(-1) == labels)
    values = losses.cross_entropy(wanted.logits, labels)
    np.testing.assert_allclose(found["loss"], values, rtol=1e-5, atol=1e-5)


def test_predict_has_logits_features_and_what_follows_from_them():
    split = digits()[1]
    found = evaluator().network(variables()).predict(split)
    np.testing.assert_allclose(found.logits, plain().logits, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.features, plain().features, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.labels, split.labels)
    np.testing.assert_array_equal(found.classes, found.logits.argmax(-1))
    probs = jax.nn.softmax(plain().logits).max(-1)
    np.testing.assert_allclose(found.confidences, probs, rtol=1e-5)


def test_pooled_features_are_those_before_the_neck():
    class Backbone(nn.Module):
        def __call__(self, images, *, train):
            return images.mean(axis=(1, 3))

    model = heads.Classifier(Backbone(), heads.Linear(10), neck=heads.Embedding(3))
    images = DATASET.normalize(digits()[1].images)
    init = functools.partial(model.init, train=False)
    start = jax.jit(init)(jax.random.key(0), images[:1])
    network = evaluator(model, devices=1, batch_size=101).network(start)
    found = network.predict(digits()[1], pooled=True)
    np.testing.assert_allclose(found.features, images.mean(axis=(1, 3)), atol=1e-6)
    assert network.predict(digits()[1]).features.shape[1] == 3


def test_outputs_are_float32_whatever_the_network_computes_in():
    class Half(NormalizedNet):
        @nn.compact
        def __call__(self, x, *, train):
            features, logits = super().__call__(x, train=train)
            return Outputs(features.astype(jnp.bfloat16), logits.astype(jnp.bfloat16))

    found = evaluator(Half()).network(variables()).predict(digits()[1])
    assert (found.logits.dtype, found.features.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(found.logits, plain().logits, rtol=1e-2, atol=1e-2)


class Scaled(nn.Module):
    """Logits and features that are the pixels of the first row, times a number."""

    scale: float = 1.0

    @nn.compact
    def __call__(self, x, *, train):
        self.param("unused", nn.initializers.zeros, (1,))
        x = self.scale * x[:, 0, :, 0]
        return Outputs(x, x)


def shifted(image):
    """Returns an image and its mirror image, of another width."""
    return jnp.stack([image[:, :5], image[:, ::-1][:, :5], image[:, 2:7]])


@pytest.mark.parametrize("mean", ["outputs", "probs"])
@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_views_of_an_image_are_averaged(mean, scale):
    split = digits()[1]
    network = evaluator(Scaled(scale)).network({"params": {"unused": jnp.zeros(1)}})
    found = network.predict(split, views=train.Views(shifted, mean))
    views = jax.vmap(shifted)(split.images)
    rows = scale * np.asarray(jax.vmap(DATASET.normalize)(views)[:, :, 0, :, 0])
    np.testing.assert_allclose(found.features, rows.mean(1), rtol=1e-4, atol=1e-6)
    if mean == "outputs":
        np.testing.assert_allclose(found.logits, rows.mean(1), rtol=1e-4, atol=1e-6)
        return
    probs = np.asarray(jax.nn.softmax(rows.astype(np.float64))).mean(1)
    assert np.isfinite(found.logits).all()
    np.testing.assert_allclose(np.exp(found.logits), probs, rtol=1e-3, atol=1e-6)


def test_one_view_is_the_image():
    views = train.Views(lambda image: image[None])
    found = evaluator().network(variables()).predict(digits()[1], views=views)
    np.testing.assert_allclose(found.logits, plain().logits, rtol=1e-5, atol=1e-5)


class Weighted(Scaled):
    """A model that returns class weights too."""

    @nn.compact
    def __call__(self, x, *, train):
        features, logits = super().__call__(x, train=train)
        weights = self.param("weights", nn.initializers.ones, (7, 5))
        return heads.ProjectionOutputs(features, logits, weights)


def test_views_of_a_model_that_returns_class_weights_are_averaged():
    split = digits()[1]
    params = {"unused": jnp.zeros(1), "weights": jnp.ones((7, 5))}
    network = evaluator(Weighted(1.0)).network({"params": params})
    found = network.predict(split, views=train.Views(shifted))
    views = jax.vmap(shifted)(split.images)
    rows = np.asarray(jax.vmap(DATASET.normalize)(views)[:, :, 0, :, 0])
    np.testing.assert_allclose(found.features, rows.mean(1), rtol=1e-4, atol=1e-6)


def test_loss_has_the_present_state_which_does_not_change():
    def apply(state, logits, labels):
        weight = jax.lax.psum(state["weight"], "batch") / jax.lax.axis_size("batch")
        return weight * losses.cross_entropy(logits, labels), {
            "weight": -state["weight"]
        }

    stateful = StatefulLoss(lambda: {"weight": jnp.float32(1)}, apply)
    parts = {"base": losses.cross_entropy, "stateful": stateful}
    ours, labels = evaluator(loss=parts), digits()[1].labels
    wanted = losses.cross_entropy(plain().logits, labels)
    for state, factor in ((None, 2), ({"base": (), "stateful": {"weight": 4.0}}, 5)):
        network = ours.network(variables(), state)
        for _ in range(2):
            values = network.map(everything, digits()[1])["loss"]
            np.testing.assert_allclose(values, factor * wanted, rtol=1e-5, atol=1e-5)


def test_a_function_is_compiled_once_for_all_networks_and_splits():
    traced = []

    def counted(examples):
        traced.append(len(examples.labels))
        return examples.labels

    ours, (train_split, test_split) = evaluator(), digits()
    views = train.Views(shifted)
    for _ in range(2):
        network = ours.network(variables())
        for split in (train_split, test_split):
            found = network.map(counted, split)
            np.testing.assert_array_equal(found, split.labels)
    assert traced == [3]
    for _ in range(2):
        network.map(counted, test_split, views=views)
        network.map(counted, test_split, views=train.Views(shifted))
    assert traced == [3, 3]


def test_a_network_outlives_the_variables_it_is_made_of():
    mine = jax.tree.map(jnp.copy, variables())
    network = evaluator().network(mine)
    jax.tree.map(lambda x: x.delete(), mine)
    found = network.predict(digits()[1]).logits
    np.testing.assert_allclose(found, plain().logits, rtol=1e-5, atol=1e-5)
    jax.tree.map(np.testing.assert_array_equal, network.variables, variables())


@pytest.mark.parametrize(
    "function",
    [
        lambda examples: examples.labels.sum(),
        lambda examples: examples.labels[:2],
        lambda examples: {"hits": examples.labels, "mean": examples.labels.mean()},
    ],
)
def test_a_function_without_a_row_for_each_example_is_an_error(function):
    network = evaluator().network(variables())
    with pytest.raises(ValueError, match="one row an example, 3 here, got "):
        network.map(function, digits()[1])


@pytest.mark.long
def test_map_of_a_streamed_split_equals_that_of_the_images():
    network = evaluator().network(variables())
    streamed = DATASET.stream("train[-101:]")
    found = network.predict(streamed)
    np.testing.assert_array_equal(found.logits, network.predict(digits()[1]).logits)
    np.testing.assert_array_equal(found.labels, digits()[1].labels)


def test_evaluator_refuses_numbers_out_of_range():
    for options, message in [
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"devices": 9}, r"devices must be in 1\.\.8 of this process, got 9"),
    ]:
        with pytest.raises(train.ArgumentError, match=message):
            evaluator(**options)
    with pytest.raises(train.ArgumentError, match="parallel must be one of"):
        evaluator(parallel="jit").network(variables()).predict(digits()[1])
    empty = data.Split(digits()[1].images[:0], digits()[1].labels[:0])
    with pytest.raises(ValueError, match="at least one"):
        evaluator().network(variables()).predict(empty)
