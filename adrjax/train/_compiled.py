"""What a run compiles: its state, its steps and its end of an epoch."""

from collections.abc import Callable, Sequence
import functools
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import optax

from adrjax import data
from adrjax.train._objective import Objective
from adrjax.train._parallel import (
    Parallel,
    everywhere,
    parallel_eval,
    parallel_train,
    replicated,
)
from adrjax.train._predict import Predictions, predict
from adrjax.train._state import TrainState, create_state
from adrjax.train._step import end_epoch, eval_step, train_step


class Compiled(NamedTuple):
    """The functions of a run, each compiled when it is first called.

    Attributes:
        create: Maps a key to the first state, on the devices.
        abstract: Returns what the state looks like on the devices of all processes.
        step: Maps a state, whose memory it takes over, and a batch to the next state.
        predict: Maps a state and a split to its predictions.
        end_epoch: Maps a state, whose memory it takes over, and the first metric to
            the state at the start of the next epoch.
    """

    create: Callable[[jax.Array], TrainState]
    abstract: Callable[[jax.Array], TrainState]
    step: Callable[[TrainState, data.Batch], TrainState]
    predict: Callable[[TrainState, data.Split], Predictions]
    end_epoch: Callable[[TrainState, Any], TrainState]


def compiled(
    *,
    model: nn.Module,
    objectives: Sequence[Objective],
    of: Callable[[Any], Any],
    optimizer: optax.GradientTransformation,
    ema_decay: float | None,
    dataset: data.Dataset,
    shape: Sequence[int],
    batch_size: int,
    devices: int,
    parallel: Parallel,
) -> Compiled:
    """Returns the functions of a run; the arguments are those of `fit`."""
    create = functools.partial(
        create_state, model, optimizer, objectives, shape, ema=ema_decay is not None
    )
    step = functools.partial(
        train_step,
        model=model,
        objectives=objectives,
        of=of,
        optimizer=optimizer,
        dataset=dataset,
        ema_decay=ema_decay,
    )
    evaluation = functools.partial(eval_step, model=model, dataset=dataset)

    def abstract(key):
        return jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(
                x.shape, x.dtype, sharding=everywhere(devices)
            ),
            jax.eval_shape(create, key),
        )

    where = replicated(devices, parallel)
    return Compiled(
        create=jax.jit(create, out_shardings=where),
        abstract=abstract,
        step=parallel_train(step, devices=devices, parallel=parallel),
        predict=functools.partial(
            predict,
            parallel_eval(evaluation, devices=devices, parallel=parallel),
            batch_size=batch_size,
            devices=devices,
        ),
        end_epoch=jax.jit(
            functools.partial(end_epoch, objectives=objectives),
            out_shardings=where,
            donate_argnums=0,
        ),
    )
