"""The compiled functions of a run."""

from collections.abc import Callable, Sequence
import functools
import hashlib
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
import numpy as np
import optax

from adrjax import data
from adrjax.train import _arguments
from adrjax.train._network import Evaluator, Network
from adrjax.train._objective import Parts, objective
from adrjax.train._parallel import (
    Parallel,
    parallel_train,
    replicated_sharding,
    steps_of_group,
)
from adrjax.train._state import TrainState, create_state, eval_variables, start_from
from adrjax.train._step import AXIS, after_record, end_epoch, train_step
from adrjax.train._task import Machine, Task


class MadeOf(NamedTuple):
    """What programs depend on; runs that share them must agree in it."""

    model: nn.Module
    objectives: tuple[Parts, ...]
    optimizer: optax.GradientTransformation
    dataset: data.Dataset
    ema_decay: float | None
    batch_size: int
    image_shape: tuple[int, ...]
    label_shape: tuple[int, ...]
    devices: int
    parallel: Parallel
    group: int | None

    @classmethod
    def of(cls, task: Task, machine: Machine) -> "MadeOf":
        """Returns what the programs of a run depend on."""
        return cls(
            task.model,
            tuple(task.objectives),
            task.optimizer,
            task.dataset,
            task.ema_decay,
            task.batch_size,
            tuple(task.train.images.shape[1:]),
            tuple(task.train.labels.shape[1:]),
            _arguments.device_count(machine.devices),
            machine.parallel,
            _arguments.group(machine.steps_per_dispatch, task.train),
        )

    def differs_from(self, other: "MadeOf") -> list[str]:
        """Returns the names of the fields that differ."""
        return [
            name for name in self._fields if getattr(self, name) != getattr(other, name)
        ]


class Programs(NamedTuple):
    """The functions of a run, each compiled when it is first called; see `programs`.

    Attributes:
        create: Maps a key to the first state, on the devices.
        abstract: Maps a key to shapes, dtypes and shardings of the state.
        start_from: Maps a first state and variables to the first state with these.
        step: Maps a state, whose buffers are donated, and a batch, or a group of
            batches, to the state after them.
        end_epoch: Maps a state, whose buffers are donated, to that of the next epoch.
        after_record: Maps a state, whose buffers are donated, and a metric to the state
            after a record.
        network: Maps a state to the network to evaluate.
        fingerprint: Returns a hash of the step, the same on any number of devices.
        made_of: What they depend on.
    """

    create: Callable[[jax.Array], TrainState]
    abstract: Callable[[jax.Array], TrainState]
    start_from: Callable[[TrainState, dict[str, Any]], TrainState]
    step: Callable[[TrainState, data.Batch], TrainState]
    end_epoch: Callable[[TrainState], TrainState]
    after_record: Callable[[TrainState, np.float32], TrainState]
    network: Callable[[TrainState], Network]
    fingerprint: Callable[[], str]
    made_of: MadeOf


def programs(task: Task, machine: Machine = Machine()) -> Programs:
    """Returns the functions of a run, for `fit`.

    `fit` makes them itself. Give them to it if several runs differ only in the seed,
    the labels and what they start from, as `dataclasses.replace` of a task does: only
    the first is then traced and compiled.

    Args:
        task: What decides the numbers of the run. Its images are not kept.
        machine: How the run is computed.

    Returns:
        The functions, for `fit(..., programs=...)`.
    """
    objectives = [objective(x) for x in task.objectives]
    made_of = MadeOf.of(task, machine)
    image_shape, label_shape = made_of.image_shape, made_of.label_shape
    batch_size = task.batch_size
    shape = input_shape(task.dataset, image_shape)
    create = functools.partial(
        create_state,
        task.model,
        task.optimizer,
        objectives,
        shape,
        ema=task.ema_decay is not None,
    )
    step = functools.partial(
        train_step,
        model=task.model,
        objectives=objectives,
        optimizer=task.optimizer,
        dataset=task.dataset,
        ema_decay=task.ema_decay,
    )
    evaluator = Evaluator(
        task.model,
        task.dataset,
        objectives[0],
        batch_size=batch_size,
        devices=machine.devices,
        parallel=machine.parallel,
        steps_per_dispatch=machine.steps_per_dispatch,
    )
    sharding = replicated_sharding(machine.devices, machine.parallel)

    def abstract(key: jax.Array) -> TrainState:
        return jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding),
            jax.eval_shape(create, key),
        )

    def changed(function: Callable[..., TrainState]) -> Callable[..., TrainState]:
        bound = functools.partial(function, objectives=objectives)
        return jax.jit(bound, out_shardings=sharding, donate_argnums=0)

    @functools.cache
    def fingerprint() -> str:
        batch = jax.eval_shape(
            lambda: data.Batch(
                jnp.zeros((batch_size, *image_shape), jnp.uint8),
                jnp.zeros((batch_size, *label_shape), jnp.int32),
            )
        )
        return _fingerprint(step, jax.eval_shape(create, jax.random.key(0)), batch)

    return Programs(
        create=jax.jit(create, out_shardings=sharding),
        abstract=abstract,
        start_from=jax.jit(
            functools.partial(start_from, optimizer=task.optimizer),
            out_shardings=sharding,
        ),
        step=parallel_train(
            step if made_of.group is None else steps_of_group(step),
            devices=machine.devices,
            parallel=machine.parallel,
        ),
        end_epoch=changed(end_epoch),
        after_record=changed(after_record),
        network=lambda state: evaluator.network(
            eval_variables(state), state.loss_states[0]
        ),
        fingerprint=fingerprint,
        made_of=made_of,
    )


def input_shape(dataset: data.Dataset, image_shape: Sequence[int]) -> tuple[int, ...]:
    """Returns the shape of an image that the network is trained with.

    Args:
        dataset: The data set, whose augmentation and normalization may change it.
        image_shape: The shape of an image of the split.
    """

    def seen(key: jax.Array, image: jax.Array) -> jax.Array:
        if dataset.augment is not None:
            seen = dataset.augment(key, image)
            image = seen[0] if seen.ndim > image.ndim else seen  # one of its views
        return dataset.normalize(image[None])[0]

    image = jax.ShapeDtypeStruct(tuple(image_shape), np.uint8)
    return jax.eval_shape(seen, jax.random.key(0), image).shape


def _fingerprint(
    step: Callable[[TrainState, data.Batch], TrainState],
    state: TrainState,
    batch: data.Batch,
) -> str:
    """Returns a hash of the step's program for one device."""
    mapped = jax.shard_map(
        step,
        mesh=Mesh(jax.local_devices()[:1], AXIS),
        in_specs=(PartitionSpec(), PartitionSpec(AXIS)),
        out_specs=PartitionSpec(),
        check_vma=False,
    )
    traced = jax.jit(mapped).trace(state, batch)
    text = traced.lower(lowering_platforms=("cpu",)).as_text()
    return hashlib.sha256(text.encode()).hexdigest()[:16]
