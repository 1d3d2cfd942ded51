"""One step of training and of evaluation, as each device does it."""

from collections.abc import Callable
import dataclasses
import functools
import operator
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from adrjax._base import Outputs, StatefulLoss
from adrjax.data import Batch, Dataset
from adrjax.train._state import Totals, TrainState, no_totals

AXIS = "batch"


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: nn.Module,
    loss: StatefulLoss,
    of: Callable[[Outputs], Any] = operator.attrgetter("logits"),
    optimizer: optax.GradientTransformation,
    dataset: Dataset,
    ema_decay: float | None = None,
) -> TrainState:
    """Returns the state after one step, inside a map over the device axis `"batch"`.

    Every example is augmented with a key of its own, made of the step and of its place
    in the batch of all devices, so that any number of devices augments alike. Dropout
    is drawn for each device.

    Args:
        state: The same on every device.
        batch: This device's part: uint8 images `[b, height, width, channels]` and
            labels `[b]`.
        model: Maps `(images, train=...)` to `Outputs`.
        loss: Its state, if any, must come out the same on every device: give it
            `axis_name="batch"`.
        of: Picks what the loss sees of the outputs.
        optimizer: What updates the parameters.
        dataset: Gives the augmentation and the normalization.
        ema_decay: How much the moving average keeps of itself, if there is one.

    Returns:
        The state after the step, the same on every device.
    """
    images, labels = batch
    index, num_devices = jax.lax.axis_index(AXIS), jax.lax.axis_size(AXIS)
    step_key = jax.random.fold_in(state.key, state.step)
    dropout_key = jax.random.fold_in(step_key, num_devices * len(images) + index)
    if dataset.augment is not None:
        places = index * len(images) + jnp.arange(len(images))
        keys = jax.vmap(functools.partial(jax.random.fold_in, step_key))(places)
        images = jax.vmap(dataset.augment)(keys, images)
    images = dataset.normalize(images)

    def mean_loss(params):
        outputs, updated = model.apply(
            {"params": params, "batch_stats": state.batch_stats},
            images,
            train=True,
            mutable=["batch_stats"],
            rngs={"dropout": dropout_key},
        )
        values, loss_state = loss.apply(state.loss_state, of(outputs), labels)
        batch_stats = updated.get("batch_stats", {})
        return values.mean(), (outputs.logits, batch_stats, loss_state)

    # Each device differentiates its own copy: shard_map's check_vma would otherwise
    # sum the gradients over the devices.
    params = jax.lax.pcast(state.params, AXIS, to="varying")
    (value, (logits, batch_stats, loss_state)), gradients = jax.value_and_grad(
        mean_loss, has_aux=True
    )(params)
    value, gradients, batch_stats = jax.lax.pmean((value, gradients, batch_stats), AXIS)
    updates, opt_state = optimizer.update(gradients, state.opt_state, state.params)
    params = optax.apply_updates(state.params, updates)
    ema = state.ema
    if ema_decay is not None:
        ema = optax.incremental_update(params, ema, 1 - ema_decay)

    step = state.step + 1
    is_bad = ~jax.tree.reduce(
        jnp.logical_and,
        jax.tree.map(lambda x: jnp.isfinite(x).all(), (value, params)),
    )
    correct = jnp.sum(jnp.argmax(logits, axis=-1) == labels, dtype=jnp.int32)
    examples = labels.size * num_devices
    totals = Totals(
        loss=state.totals.loss + value * examples,
        correct=state.totals.correct + jax.lax.psum(correct, AXIS),
        examples=state.totals.examples + examples,
        bad_step=jnp.where(
            is_bad & (state.totals.bad_step < 0), step, state.totals.bad_step
        ),
    )
    return dataclasses.replace(
        state,
        step=step,
        params=params,
        batch_stats=batch_stats,
        opt_state=opt_state,
        loss_state=loss_state,
        ema=ema,
        totals=totals,
    )


def end_epoch(state: TrainState, *, loss: StatefulLoss) -> TrainState:
    """Returns the state at the start of the next epoch.

    Args:
        state: The state at the end of an epoch.
        loss: What is minimized.
    """
    # Copies, as a loss may return one array twice, which donation forbids.
    loss_state = jax.tree.map(jnp.copy, loss.end_epoch(state.loss_state))
    return dataclasses.replace(state, loss_state=loss_state, totals=no_totals())


def eval_step(
    state: TrainState, batch: Batch, *, model: nn.Module, dataset: Dataset
) -> jax.Array:
    """Returns the logits of this device's part of a batch.

    Args:
        state: Its moving average, if there is one, stands in for the parameters.
        batch: uint8 images `[b, height, width, channels]` and labels `[b]`.
        model: Maps `(images, train=...)` to `Outputs`.
        dataset: Gives the normalization.

    Returns:
        Logits, `[b, num_classes]`, float32.
    """
    params = state.params if state.ema is None else state.ema
    variables = {"params": params, "batch_stats": state.batch_stats}
    outputs: Any = model.apply(variables, dataset.normalize(batch.images), train=False)
    return outputs.logits.astype(jnp.float32)
