"""The step does on any number of devices what it does on one."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
import numpy as np
import optax
import pytest

from adrjax import Outputs, StatefulLoss, add, backbones, data, heads, losses, train
from tests.train._run import DATASET, Tiny, digits

OPTIMIZER = optax.sgd(0.1, momentum=0.9)
CROSS_ENTROPY = add(losses.cross_entropy)


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
    """Nothing but ones, some of them dropped."""

    @nn.compact
    def __call__(self, x, *, train):
        ones = nn.Dense(10, kernel_init=nn.initializers.zeros, name="head")(x[:, 0, 0])
        return Outputs(ones, nn.Dropout(0.5, deterministic=not train)(1 + 0 * ones))


MODELS = {
    "plain": heads.Classifier(backbone=backbones.DigitsCNN(), head=heads.Linear(10)),
    "batch norm": NormalizedNet(),
}


def create(model, loss=CROSS_ENTROPY, optimizer=OPTIMIZER, **options):
    shape = DATASET.shape
    return train.create_state(
        model, optimizer, loss, shape, jax.random.key(0), **options
    )


def step_of(model, loss=CROSS_ENTROPY, optimizer=OPTIMIZER, **options):
    return functools.partial(
        train.train_step,
        model=model,
        loss=loss,
        optimizer=optimizer,
        dataset=DATASET,
        **options,
    )


def batch_of(i, num_devices, size=24):
    images, labels = digits()[0]
    rows = slice(size * i, size * (i + 1))
    return data.Batch(
        images[rows].reshape(num_devices, -1, *images.shape[1:]),
        labels[rows].reshape(num_devices, -1),
    )


def train_on(num_devices, state, step, steps=3):
    state = train.replicate(state, devices=num_devices)
    step = train.parallel_train(step, devices=num_devices)
    for i in range(steps):
        state = jax.block_until_ready(step(state, batch_of(i, num_devices)))
    return state


def leaves(state):
    state = state.replace(key=jax.random.key_data(state.key))
    return jax.tree.leaves_with_path(jax.device_get(state))


@pytest.mark.parametrize("name", MODELS)
def test_eight_devices_train_as_one(name):
    model = MODELS[name]
    one, eight = (train_on(n, create(model), step_of(model)) for n in (1, 8))
    for (path, x), (_, y) in zip(leaves(one), leaves(eight), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=2e-6, err_msg=str(path))
    assert eight.step == 3
    assert eight.totals.examples == 72


@pytest.mark.parametrize("check_vma", [False, True])
def test_shard_map_trains_as_pmap(check_vma):
    model = NormalizedNet()
    spec, batches = PartitionSpec(), PartitionSpec("batch")
    shard_map = jax.shard_map(
        step_of(model),
        mesh=Mesh(np.array(jax.devices()), ("batch",)),
        in_specs=(spec, batches),
        out_specs=spec,
        check_vma=check_vma,
    )
    step, state = jax.jit(shard_map), train.replicate(create(model))
    for i in range(3):
        flat = jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), batch_of(i, 8))
        state = jax.block_until_ready(step(state, flat))
    pmap = train_on(8, create(model), step_of(model))
    for (path, x), (_, y) in zip(leaves(pmap), leaves(state), strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-7, err_msg=str(path))


def test_a_step_descends_the_mean_loss_of_the_whole_batch():
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
    step = functools.partial(step_of(model), dataset=dataset)
    after = train_on(8, state, step, steps=1)
    jax.tree.map(
        lambda new, old, gradient: np.testing.assert_allclose(
            new, old - 0.1 * gradient, atol=1e-6
        ),
        after.params,
        state.params,
        gradients,
    )
    np.testing.assert_allclose(after.totals.loss, 24 * value, rtol=1e-5)
    assert after.totals.correct == np.sum(logits.argmax(-1) == labels)
    assert after.totals.examples == 24
    assert after.totals.bad_step == -1


def test_every_device_drops_out_and_every_step_anew():
    def apply(state, logits, labels):
        seen = jax.lax.all_gather(logits, "batch", tiled=True)
        return losses.cross_entropy(logits, labels), (state[1], seen)

    zeros = jnp.zeros((24, 10))
    loss = StatefulLoss(lambda: (zeros, zeros + 1), apply)
    model = DroppedOut()
    seen = train_on(8, create(model, loss), step_of(model, loss), 2).loss_state
    masks = np.stack(seen).reshape(-1, 10)
    assert len(np.unique(masks, axis=0)) > 40  # of 48 rows, some may agree by chance
    assert 0.4 < np.mean(masks == 0) < 0.6


def test_the_first_step_that_is_not_finite_is_kept():
    def apply(state, logits, labels):
        nan = jnp.where(state == 1, jnp.nan, 0.0)
        return jax.lax.stop_gradient(nan) + losses.cross_entropy(logits, labels), (
            state + 1
        )

    loss = StatefulLoss(lambda: jnp.int32(0), apply)
    model = Tiny()
    state = train_on(8, create(model, loss), step_of(model, loss))
    assert state.totals.bad_step == 2


def test_parameters_that_are_not_finite_are_noticed_at_once():
    model, optimizer = Tiny(), optax.sgd(jnp.inf)
    state = create(model, optimizer=optimizer)
    state = train_on(8, state, step_of(model, optimizer=optimizer), steps=1)
    assert state.totals.bad_step == 1
    assert jnp.isfinite(state.totals.loss)


def test_the_loss_sees_what_of_picks():
    seen = []

    def loss(outputs, labels):
        seen.append(type(outputs))
        return losses.cross_entropy(outputs.logits, labels)

    model = Tiny()
    step = step_of(model, add(loss), of=lambda outputs: outputs)
    train_on(8, create(model, add(loss)), step, steps=1)
    assert seen == [Outputs]


def test_the_average_follows_the_parameters_and_is_evaluated():
    model, test = Tiny(), batch_of(3, 8)
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
    predict = train.parallel_eval(
        functools.partial(train.eval_step, model=model, dataset=DATASET)
    )
    images = DATASET.normalize(test.images.reshape(-1, *DATASET.shape))
    wanted = model.apply({"params": jax.device_get(after.ema)}, images, train=False)
    logits = predict(after, test)
    assert logits.shape == (8, 3, 10)
    np.testing.assert_allclose(logits.reshape(-1, 10), wanted.logits, atol=1e-5)


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
