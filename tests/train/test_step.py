"""train.train_step on any number of devices."""

import dataclasses
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
import numpy as np
import optax
import pytest

from adrjax import Outputs, StatefulLoss, backbones, data, heads, losses, train
from tests.train._run import DATASET, Tiny, digits, on_logits

OPTIMIZER = optax.sgd(0.1, momentum=0.9)


class NormalizedNet(nn.Module):
    """A small network with batch normalization."""

    axis_name: str | None = "batch"

    @nn.compact
    def __call__(self, x, *, train):
        x = nn.Conv(8, (3, 3), name="conv")(x)
        axis_name = self.axis_name if train else None
        x = nn.BatchNorm(not train, momentum=0.9, axis_name=axis_name, name="bn")(x)
        x = nn.relu(x).mean(axis=(1, 2))
        return Outputs(x, nn.Dense(10, name="head")(x))


class DroppedOut(nn.Module):
    """Returns ones, some of them dropped."""

    @nn.compact
    def __call__(self, x, *, train):
        ones = nn.Dense(10, kernel_init=nn.initializers.zeros, name="head")(x[:, 0, 0])
        return Outputs(ones, nn.Dropout(0.5, deterministic=not train)(1 + 0 * ones))


MODELS = {
    "plain": heads.Classifier(backbone=backbones.DigitsCNN(), head=heads.Linear(10)),
    "batch norm": NormalizedNet(),
}


def objectives(*updates):
    updates = updates or [losses.cross_entropy]
    return [train.objective(on_logits(loss)) for loss in updates]


def create(model, *updates, optimizer=OPTIMIZER, **options):
    shape = DATASET.shape
    return train.create_state(
        model, optimizer, objectives(*updates), shape, jax.random.key(0), **options
    )


def step_of(model, *updates, optimizer=OPTIMIZER, dataset=DATASET, **options):
    return functools.partial(
        train.train_step,
        model=model,
        objectives=objectives(*updates),
        optimizer=optimizer,
        dataset=dataset,
        **options,
    )


def batch_of(i, num_devices, size=24):
    images, labels = digits()[0]
    rows = slice(size * i, size * (i + 1))
    return data.Batch(
        images[rows].reshape(num_devices, -1, *images.shape[1:]),
        labels[rows].reshape(num_devices, -1),
    )


def train_on(num_devices, state, step, steps=3, parallel="pmap"):
    state = train.replicate(state, devices=num_devices, parallel=parallel)
    step = train.parallel_train(step, devices=num_devices, parallel=parallel)
    for i in range(steps):
        state = jax.block_until_ready(step(state, batch_of(i, num_devices)))
    return state


def leaves(state):
    state = state.replace(key=jax.random.key_data(state.key))
    return jax.tree.leaves_with_path(jax.device_get(state))


@pytest.mark.parametrize(
    "name", ["batch norm", pytest.param("plain", marks=pytest.mark.long)]
)
def test_train_step_on_eight_devices_equals_one(name):
    model = MODELS[name]
    one, eight = (train_on(n, create(model), step_of(model)) for n in (1, 8))
    for (path, x), (_, y) in zip(leaves(one), leaves(eight), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=2e-6, err_msg=str(path))
    assert eight.step == 3
    assert eight.totals.examples == 72


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_train_step_by_shard_map_equals_pmap_to_the_last_bit(name):
    state, step = create(MODELS[name]), step_of(MODELS[name])
    pmap, shard_map = (
        train_on(8, state, step, parallel=parallel)
        for parallel in ("pmap", "shard_map")
    )
    for (path, x), (_, y) in zip(leaves(pmap), leaves(shard_map), strict=True):
        np.testing.assert_array_equal(x, y, err_msg=str(path))


@pytest.mark.long
def test_train_step_works_with_check_vma():
    model = NormalizedNet()
    spec, batches = PartitionSpec(), PartitionSpec("batch")
    shard_map = jax.shard_map(
        step_of(model),
        mesh=Mesh(np.array(jax.devices()), ("batch",)),
        in_specs=(spec, batches),
        out_specs=spec,
        check_vma=True,
    )
    flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), batch_of(0, 8))
    state = jax.jit(shard_map)(train.replicate(create(model)), flat)
    pmap = train_on(8, create(model), step_of(model), steps=1)
    for (path, x), (_, y) in zip(leaves(pmap), leaves(state), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-7, err_msg=str(path))


def test_parallel_train_refuses_another_parallel():
    with pytest.raises(train.ArgumentError, match=r"one of .*shard_map.*, got .jit."):
        train.parallel_train(step_of(Tiny()), parallel="jit")


def test_train_step_descends_the_mean_loss_of_the_whole_batch():
    model = Tiny()
    dataset = data.digits(augment=None)
    state, (images, labels) = create(model), batch_of(0, 1)
    images, labels = dataset.normalize(images[0]), labels[0]

    def mean_loss(params):
        logits = model.apply({"params": params}, images, train=True).logits
        return losses.cross_entropy(logits, labels).mean(), logits

    (value, logits), gradients = jax.value_and_grad(mean_loss, has_aux=True)(
        state.params
    )
    step = step_of(model, dataset=dataset)
    after = train_on(8, state, step, steps=1)
    jax.tree.map(
        lambda new, old, gradient: np.testing.assert_allclose(
            new, old - 0.1 * gradient, atol=1e-6
        ),
        after.params,
        state.params,
        gradients,
    )
    np.testing.assert_allclose(after.totals.losses[0]["loss"], 24 * value, rtol=1e-5)
    assert after.totals.correct == np.sum(logits.argmax(-1) == labels)
    assert after.totals.examples == 24
    assert after.totals.bad_step == -1


def test_train_step_draws_dropout_for_each_device_and_step():
    def apply(state, logits, labels):
        seen = jax.lax.all_gather(logits, "batch", tiled=True)
        return losses.cross_entropy(logits, labels), (state[1], seen)

    zeros = jnp.zeros((24, 10))
    loss = StatefulLoss(lambda: (zeros, zeros + 1), apply)
    model = DroppedOut()
    seen = train_on(8, create(model, loss), step_of(model, loss), 2)
    seen = seen.loss_states[0]["loss"]
    masks = np.stack(seen).reshape(-1, 10)
    assert len(np.unique(masks, axis=0)) > 40  # of 48 rows, some may agree by chance
    assert 0.4 < np.mean(masks == 0) < 0.6


def test_each_update_of_a_step_drops_its_own_units():
    def code(logits, labels):
        return logits @ jnp.arange(1.0, 11)

    model = DroppedOut()
    state = train_on(8, create(model, code, code), step_of(model, code, code), steps=1)
    first, second = state.totals.losses
    assert first["loss"] != second["loss"]


def test_train_step_records_the_first_step_that_is_not_finite():
    def apply(state, logits, labels):
        nan = jnp.where(state == 1, jnp.nan, 0.0)
        return jax.lax.stop_gradient(nan) + losses.cross_entropy(logits, labels), (
            state + 1
        )

    loss = StatefulLoss(lambda: jnp.int32(0), apply)
    model = Tiny()
    state = train_on(8, create(model, loss), step_of(model, loss))
    assert state.totals.bad_step == 2


def test_train_step_notices_parameters_that_are_not_finite():
    model, optimizer = Tiny(), optax.sgd(jnp.inf)
    state = create(model, optimizer=optimizer)
    state = train_on(8, state, step_of(model, optimizer=optimizer), steps=1)
    assert state.totals.bad_step == 1
    assert jnp.isfinite(state.totals.losses[0]["loss"])


def test_train_step_passes_all_outputs_to_the_loss():
    seen = []

    def loss(outputs, labels):
        seen.append(type(outputs))
        return losses.cross_entropy(outputs.logits, labels)

    whole = [train.objective(loss)]
    state = train.create_state(
        Tiny(), OPTIMIZER, whole, DATASET.shape, jax.random.key(0)
    )
    step = functools.partial(
        train.train_step,
        model=Tiny(),
        objectives=whole,
        optimizer=OPTIMIZER,
        dataset=DATASET,
    )
    train_on(8, state, step, steps=1)
    assert seen == [Outputs]


def test_train_step_updates_the_average_which_is_evaluated():
    model = Tiny()
    first = create(model, ema=True)
    step = step_of(model, ema_decay=0.9)
    after = train_on(8, first, step, steps=1)
    jax.tree.map(
        lambda ema, old, new: np.testing.assert_allclose(
            ema, 0.9 * old + 0.1 * new, atol=1e-6
        ),
        after.ema,
        first.params,
        after.params,
    )
    assert train.eval_variables(first.replace(ema=None))["params"] is first.params
    assert train.eval_variables(after)["params"] is after.ema


def mean_gradient(loss, params, batch, dataset):
    """Returns the gradient of the mean loss of a whole batch, written out."""
    images = dataset.normalize(batch.images.reshape(-1, *DATASET.shape))
    labels = batch.labels.reshape(-1)

    def mean(params):
        logits = Tiny().apply({"params": params}, images, train=True).logits
        return loss(logits, labels).mean()

    return jax.grad(mean)(params)


def test_a_second_update_has_a_separate_gradient_and_momentum():
    dataset = data.digits(augment=None)
    updates = (losses.cross_entropy, losses.complement_entropy)
    state = create(Tiny(), *updates)
    step = step_of(Tiny(), *updates, dataset=dataset)
    after = train_on(8, state, step, steps=2)
    params, momenta = state.params, [jax.tree.map(jnp.zeros_like, state.params)] * 2
    for i in range(2):
        for k, loss in enumerate(updates):
            gradient = mean_gradient(loss, params, batch_of(i, 1), dataset)
            momenta[k] = jax.tree.map(lambda m, g: 0.9 * m + g, momenta[k], gradient)
            params = jax.tree.map(lambda p, m: p - 0.1 * m, params, momenta[k])
    jax.tree.map(
        functools.partial(np.testing.assert_allclose, atol=1e-6), after.params, params
    )
    assert [*after.totals.losses[1]] == ["loss"]


def test_parts_of_a_loss_are_summed_and_recorded_separately():
    def smooth(logits, labels):
        return 0.1 * jnp.square(logits).sum(-1)

    parts = {"base": losses.cross_entropy, "regularizer": smooth}
    whole = [
        train_on(8, create(Tiny(), loss), step_of(Tiny(), loss))
        for loss in (parts, lambda z, y: losses.cross_entropy(z, y) + smooth(z, y))
    ]
    jax.tree.map(
        functools.partial(np.testing.assert_allclose, atol=1e-6),
        *(state.params for state in whole),
    )
    sums, total = (state.totals.losses[0] for state in whole)
    assert [*sums] == ["base", "regularizer"]
    np.testing.assert_allclose(sum(sums.values()), total["loss"], rtol=1e-6)


def in_views(key, image):
    """Returns an image and its mirror image."""
    return jnp.stack([image, image[:, ::-1]])


def test_each_view_of_an_image_is_an_example():
    dataset = data.digits(augment=in_views)
    assert train.input_shape(dataset, DATASET.shape) == DATASET.shape
    state = create(Tiny())
    after = train_on(8, state, step_of(Tiny(), dataset=dataset), steps=1)
    batch = batch_of(0, 1)
    images = batch.images.reshape(-1, *DATASET.shape)
    both = data.Batch(
        jnp.concatenate([images, images[:, :, ::-1]]), jnp.tile(batch.labels.ravel(), 2)
    )
    gradient = mean_gradient(losses.cross_entropy, state.params, both, dataset)
    jax.tree.map(
        lambda new, old, g: np.testing.assert_allclose(new, old - 0.1 * g, atol=1e-6),
        after.params,
        state.params,
        gradient,
    )
    logits = (
        Tiny()
        .apply({"params": state.params}, dataset.normalize(both.images), train=True)
        .logits
    )
    assert after.totals.examples == len(both.labels)
    assert after.totals.correct == (logits.argmax(-1) == both.labels).sum()


@pytest.mark.parametrize("mix", [data.augment.mixup, data.augment.cutmix])
@pytest.mark.long
def test_a_mixed_batch_is_the_same_on_one_device(mix):
    mix = functools.partial(mix, num_classes=10, axis_name="batch")
    dataset = dataclasses.replace(DATASET, mix=mix)
    step = step_of(Tiny(), dataset=dataset)
    one, eight = (train_on(n, create(Tiny()), step) for n in (1, 8))
    for x, y in zip(leaves(one), leaves(eight), strict=True):
        np.testing.assert_allclose(x[1], y[1], rtol=1e-4, atol=2e-6)
    plain = train_on(8, create(Tiny()), step_of(Tiny()))
    assert not np.allclose(
        plain.params["head"]["kernel"], eight.params["head"]["kernel"], atol=1e-3
    )


def test_standardize_replaces_mean_and_std():
    contrast = functools.partial(data.augment.normalize_contrast, scale=8.0)
    dataset = dataclasses.replace(data.digits(augment=None), standardize=contrast)
    after = train_on(8, create(Tiny()), step_of(Tiny(), dataset=dataset), steps=1)
    gradient = mean_gradient(
        losses.cross_entropy, create(Tiny()).params, batch_of(0, 1), dataset
    )
    jax.tree.map(
        lambda new, old, g: np.testing.assert_allclose(new, old - 0.1 * g, atol=1e-6),
        after.params,
        create(Tiny()).params,
        gradient,
    )


def test_the_optimizer_gets_the_loss_and_the_last_metric():
    def update(gradients, state, params=None, *, value, metric):
        return jax.tree.map(jnp.zeros_like, gradients), (value, metric)

    zero = jnp.float32(0)
    recorder = optax.GradientTransformationExtraArgs(lambda _: (zero, zero), update)
    state = create(Tiny(), optimizer=recorder).replace(metric=jnp.float32(0.75))
    after = train_on(8, state, step_of(Tiny(), optimizer=recorder), steps=1)
    value, metric = after.opt_states[0]
    np.testing.assert_allclose(24 * value, after.totals.losses[0]["loss"], rtol=1e-6)
    assert metric == 0.75


def test_no_leaf_of_a_state_shares_its_buffer():
    shared = jnp.ones(3)
    loss = StatefulLoss(lambda: (shared, shared), lambda s, z, y: (z.sum(-1), s))
    state = create(Tiny(), loss, ema=True).replace(key=jnp.zeros(2))
    pointers = [x.unsafe_buffer_pointer() for x in jax.tree.leaves(state)]
    assert len(set(pointers)) == len(pointers)


def test_a_replica_can_be_donated_and_leaves_the_original():
    state = create(Tiny())
    train_on(8, state, step_of(Tiny()), steps=1)
    assert not any(x.is_deleted() for x in jax.tree.leaves(state))
