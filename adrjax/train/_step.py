"""One step of training, as each device computes it."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
import operator
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from adrjax.data import Batch, Dataset
from adrjax.train._objective import Objective
from adrjax.train._state import Totals, TrainState, zero_totals

AXIS = "batch"


def train_step(
    state: TrainState,
    batch: Batch,
    *,
    model: nn.Module,
    objectives: Sequence[Objective],
    optimizer: optax.GradientTransformation,
    dataset: Dataset,
    ema_decay: float | None = None,
) -> TrainState:
    """Returns the state after one step, inside a map over the device axis `"batch"`.

    A step updates the parameters once for each objective, one after the other on the
    same batch, with a separate optimizer state for each. Complement entropy, for
    example, is minimized by a second update. The optimizer may use optax's extra
    arguments: `value`, the objective, and `metric`, the last evaluation's first metric.

    Each example is augmented with its own key, made of the step and the example's place
    in the global batch, so the number of devices makes no difference. Dropout is drawn
    for each device. If the augmentation returns several views of an image, each becomes
    an example.

    Args:
        state: The state, the same on every device.
        batch: This device's part: uint8 images `[b, height, width, channels]` and
            labels `[b]`.
        model: Maps `(images, train=...)` to `Outputs`.
        objectives: The objective of each update. A loss state must be the same on
            every device: give the loss `axis_name="batch"`.
        optimizer: The optimizer.
        dataset: The data set, which has augmentation, mixing and normalization.
        ema_decay: The decay of the moving average of the parameters, if there is one.

    Returns:
        The state after the step, the same on every device.
    """
    num_devices = jax.lax.axis_size(AXIS)
    images, labels, targets, dropout_key = _augment(state, batch, dataset)
    optimizer = optax.with_extra_args_support(optimizer)
    params, batch_stats = state.params, state.batch_stats
    opt_states, loss_states, losses, correct = [], [], [], jnp.int32(0)
    for i, (objective, opt_state, loss_state) in enumerate(
        zip(objectives, state.opt_states, state.loss_states, strict=True)
    ):
        gradients, aux = _gradients(
            params,
            {"batch_stats": batch_stats},
            functools.partial(
                model.apply,
                train=True,
                mutable=["batch_stats"],
                rngs={"dropout": jax.random.fold_in(dropout_key, i)},
            ),
            objective,
            loss_state,
            images,
            targets,
        )
        updates, opt_state = optimizer.update(
            gradients,
            opt_state,
            params,
            value=sum(aux.losses.values()),
            metric=state.metric,
        )
        params, batch_stats = optax.apply_updates(params, updates), aux.batch_stats
        opt_states.append(opt_state)
        loss_states.append(aux.loss_state)
        losses.append(aux.losses)
        if i == 0:
            hits = jnp.argmax(aux.logits, axis=-1) == labels
            correct = jax.lax.psum(jnp.sum(hits, dtype=jnp.int32), AXIS)
    ema = state.ema
    if ema_decay is not None:
        ema = optax.incremental_update(params, ema, 1 - ema_decay)

    step, before = state.step + 1, state.totals
    examples = labels.size * num_devices
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


def end_epoch(state: TrainState, *, objectives: Sequence[Objective]) -> TrainState:
    """Returns the state at the start of the next epoch.

    Args:
        state: The state at the end of an epoch.
        objectives: The objective of each update.
    """
    loss_states = tuple(
        {part: loss.end_epoch(before[part]) for part, loss in objective.items()}
        for objective, before in zip(objectives, state.loss_states, strict=True)
    )
    # Copies, because a loss may return one array twice, which donation forbids.
    return dataclasses.replace(state, loss_states=jax.tree.map(jnp.copy, loss_states))


def after_record(
    state: TrainState, metric: jax.Array, *, objectives: Sequence[Objective]
) -> TrainState:
    """Returns the state after a record: with its metric, and with totals of 0.

    Args:
        state: The state at the record.
        metric: The metric that chooses the best checkpoint, float32 `[]`.
        objectives: The objective of each update.
    """
    return dataclasses.replace(state, metric=metric, totals=zero_totals(objectives))


def _augment(
    state: TrainState, batch: Batch, dataset: Dataset
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Returns normalized images, their labels, their targets, and a dropout key.

    Each view of an image is an image with its label.
    """
    images, labels = batch
    index, examples = jax.lax.axis_index(AXIS), len(images) * jax.lax.axis_size(AXIS)
    step_key = jax.random.fold_in(state.key, state.step)
    if dataset.augment is not None:
        places = index * len(images) + jnp.arange(len(images))
        keys = jax.vmap(functools.partial(jax.random.fold_in, step_key))(places)
        seen = jax.vmap(dataset.augment)(keys, images)
        if seen.ndim > images.ndim:
            labels = jnp.repeat(labels, seen.shape[1], axis=0)
            seen = seen.reshape(-1, *seen.shape[2:])
        images = seen
    images = dataset.normalize(images)
    targets = labels
    if dataset.mix is not None:
        mix_key = jax.random.fold_in(step_key, 2 * examples)
        images, targets = dataset.mix(mix_key, images, targets)
    return images, labels, targets, jax.random.fold_in(step_key, examples + index)


class _Aux(NamedTuple):
    """By-products of a gradient; the losses are means over all devices."""

    losses: dict[str, jax.Array]
    logits: jax.Array
    batch_stats: Any
    loss_state: dict[str, Any]


def _gradients(
    params: Any,
    variables: Mapping[str, Any],
    apply: Callable[..., Any],
    objective: Objective,
    loss_state: Mapping[str, Any],
    images: jax.Array,
    targets: jax.Array,
) -> tuple[Any, _Aux]:
    """Returns the gradient of the mean loss over all devices, and its by-products."""

    def mean_loss(params: Any) -> tuple[jax.Array, tuple[Any, ...]]:
        outputs, updated = apply({"params": params, **variables}, images)
        values, states = {}, {}
        for part, loss in objective.items():
            values[part], states[part] = loss.apply(loss_state[part], outputs, targets)
        means = jax.tree.map(jnp.mean, values)
        batch_stats = updated.get("batch_stats", {})
        total = functools.reduce(operator.add, values.values())
        return total.mean(), (means, outputs.logits, batch_stats, states)

    # Each device differentiates a copy of its own: with check_vma, shard_map would sum
    # the gradients over the devices.
    params = jax.lax.pcast(params, AXIS, to="varying")
    gradients, (means, logits, batch_stats, states) = jax.grad(mean_loss, has_aux=True)(
        params
    )
    gradients, means, batch_stats = jax.lax.pmean((gradients, means, batch_stats), AXIS)
    return gradients, _Aux(means, logits, batch_stats, states)
