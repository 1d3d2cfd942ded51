"""One step of training and of evaluation, as each device does it."""

from collections.abc import Callable, Sequence
import dataclasses
import functools
import operator
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from adrjax._base import Outputs
from adrjax.data import Batch, Dataset
from adrjax.train._objective import Objective
from adrjax.train._state import Totals, TrainState, no_totals

AXIS = "batch"


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: nn.Module,
    objectives: Sequence[Objective],
    of: Callable[[Outputs], Any] = operator.attrgetter("logits"),
    optimizer: optax.GradientTransformation,
    dataset: Dataset,
    ema_decay: float | None = None,
) -> TrainState:
    """Returns the state after one step, inside a map over the device axis `"batch"`.

    A step updates the parameters once for each objective, one after the other on the
    same batch, with a state of the optimizer for each: complement entropy, for one, is
    minimized by a second update. The optimizer may ask for the `value` of the objective
    and for the `metric` of the last evaluation, as optax's extra arguments.

    Every example is augmented with a key of its own, made of the step and of its place
    in the batch of all devices, so that any number of devices augments alike. Dropout
    is drawn for each device.

    Args:
        state: The same on every device.
        batch: This device's part: uint8 images `[b, height, width, channels]` and
            labels `[b]`.
        model: Maps `(images, train=...)` to `Outputs`.
        objectives: What each update minimizes. A state must come out the same on every
            device: give the loss `axis_name="batch"`.
        of: Picks what the losses see of the outputs.
        optimizer: What updates the parameters.
        dataset: Gives the augmentation, the mixing and the normalization.
        ema_decay: How much the moving average keeps of itself, if there is one.

    Returns:
        The state after the step, the same on every device.
    """
    num_devices = jax.lax.axis_size(AXIS)
    images, targets, dropout_key = _augmented(state, batch, dataset)
    optimizer = optax.with_extra_args_support(optimizer)
    params, batch_stats = state.params, state.batch_stats
    opt_states, loss_states, losses, correct = [], [], [], jnp.int32(0)
    for i, (objective, opt_state, loss_state) in enumerate(
        zip(objectives, state.opt_states, state.loss_states, strict=True)
    ):
        gradients, found = _gradients(
            params,
            {"batch_stats": batch_stats},
            functools.partial(
                model.apply,
                train=True,
                mutable=["batch_stats"],
                rngs={"dropout": jax.random.fold_in(dropout_key, i)},
            ),
            objective,
            of,
            loss_state,
            images,
            targets,
        )
        updates, opt_state = optimizer.update(
            gradients,
            opt_state,
            params,
            value=sum(found.losses.values()),
            metric=state.metric,
        )
        params, batch_stats = optax.apply_updates(params, updates), found.batch_stats
        opt_states.append(opt_state)
        loss_states.append(found.loss_state)
        losses.append(found.losses)
        if i == 0:
            right = jnp.argmax(found.logits, axis=-1) == batch.labels
            correct = jax.lax.psum(jnp.sum(right, dtype=jnp.int32), AXIS)
    ema = state.ema
    if ema_decay is not None:
        ema = optax.incremental_update(params, ema, 1 - ema_decay)

    step, before = state.step + 1, state.totals
    examples = batch.labels.size * num_devices
    is_bad = ~jax.tree.reduce(
        jnp.logical_and,
        jax.tree.map(lambda x: jnp.isfinite(x).all(), (losses, params)),
    )
    totals = Totals(
        losses=jax.tree.map(
            lambda total, mean: total + mean * examples, before.losses, tuple(losses)
        ),
        correct=before.correct + correct,
        examples=before.examples + examples,
        bad_step=jnp.where(is_bad & (before.bad_step < 0), step, before.bad_step),
    )
    return dataclasses.replace(
        state,
        step=step,
        params=params,
        batch_stats=batch_stats,
        opt_states=tuple(opt_states),
        loss_states=tuple(loss_states),
        ema=ema,
        totals=totals,
    )


def end_epoch(
    state: TrainState, metric: jax.Array, *, objectives: Sequence[Objective]
) -> TrainState:
    """Returns the state at the start of the next epoch.

    Args:
        state: The state at the end of an epoch.
        metric: The first metric of its evaluation, float32 `[]`.
        objectives: What each update minimizes.
    """
    loss_states = tuple(
        {part: loss.end_epoch(before[part]) for part, loss in objective.items()}
        for objective, before in zip(objectives, state.loss_states, strict=True)
    )
    return dataclasses.replace(
        state,
        # Copies, as a loss may return one array twice, which donation forbids.
        loss_states=jax.tree.map(jnp.copy, loss_states),
        metric=metric,
        totals=no_totals(objectives),
    )


def eval_step(
    state: TrainState, batch: Batch, *, model: nn.Module, dataset: Dataset
) -> tuple[jax.Array, jax.Array]:
    """Returns the logits and feature norms of this device's part of a batch.

    Args:
        state: Its moving average, if there is one, stands in for the parameters.
        batch: uint8 images `[b, height, width, channels]` and labels `[b]`.
        model: Maps `(images, train=...)` to `Outputs`.
        dataset: Gives the normalization.

    Returns:
        Logits `[b, ..., num_classes]` and lengths of the features `[b, ...]`, float32.
    """
    params = state.params if state.ema is None else state.ema
    variables = {"params": params, "batch_stats": state.batch_stats}
    outputs: Any = model.apply(variables, dataset.normalize(batch.images), train=False)
    features = outputs.features.astype(jnp.float32)
    return outputs.logits.astype(jnp.float32), jnp.linalg.norm(features, axis=-1)


def _augmented(state, batch, dataset):
    """Returns the normalized images, their labels or targets, and a key for dropout."""
    images, targets = batch
    index, examples = jax.lax.axis_index(AXIS), len(images) * jax.lax.axis_size(AXIS)
    step_key = jax.random.fold_in(state.key, state.step)
    if dataset.augment is not None:
        places = index * len(images) + jnp.arange(len(images))
        keys = jax.vmap(functools.partial(jax.random.fold_in, step_key))(places)
        images = jax.vmap(dataset.augment)(keys, images)
    images = dataset.normalize(images)
    if dataset.mix is not None:
        mix_key = jax.random.fold_in(step_key, 2 * examples)
        images, targets = dataset.mix(mix_key, images, targets)
    return images, targets, jax.random.fold_in(step_key, examples + index)


class _Found(NamedTuple):
    """What a gradient was found with; the losses are means over all devices."""

    losses: dict[str, jax.Array]
    logits: jax.Array
    batch_stats: Any
    loss_state: dict[str, Any]


def _gradients(params, variables, apply, objective, of, loss_state, images, targets):
    """Returns the gradient of the mean loss over all devices, and the rest."""

    def mean_loss(params):
        outputs, updated = apply({"params": params, **variables}, images)
        seen, values, states = of(outputs), {}, {}
        for part, loss in objective.items():
            values[part], states[part] = loss.apply(loss_state[part], seen, targets)
        means = jax.tree.map(jnp.mean, values)
        batch_stats = updated.get("batch_stats", {})
        whole = functools.reduce(operator.add, values.values())
        return whole.mean(), (means, outputs.logits, batch_stats, states)

    # Each device differentiates its own copy: shard_map's check_vma would otherwise
    # sum the gradients over the devices.
    params = jax.lax.pcast(params, AXIS, to="varying")
    gradients, (means, logits, batch_stats, states) = jax.grad(mean_loss, has_aux=True)(
        params
    )
    gradients, means, batch_stats = jax.lax.pmean((gradients, means, batch_stats), AXIS)
    return gradients, _Found(means, logits, batch_stats, states)
