"""The compiled functions of a run."""

from collections.abc import Callable, Sequence
import functools
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np
import optax

from adrjax import data
from adrjax.train._objective import Objective
from adrjax.train._parallel import (
    Parallel,
    parallel_eval,
    parallel_train,
    replicated_sharding,
)
from adrjax.train._predict import Predictions, predict
from adrjax.train._state import TrainState, create_state, eval_variables
from adrjax.train._step import end_epoch, eval_step, train_step


class Programs(NamedTuple):
    """The functions of a run, each compiled when it is first called.

    Attributes:
        create: Maps a key to the first state, on the devices.
        abstract: Maps a key to shapes, dtypes and shardings of the state.
        step: Maps a state, whose buffers are donated, and a batch to the next state.
        predict: Maps a state and a split to its predictions.
        end_epoch: Maps a state, whose buffers are donated, and the first metric to the
            state at the start of the next epoch.
    """

    create: Callable[[jax.Array], TrainState]
    abstract: Callable[[jax.Array], TrainState]
    step: Callable[[TrainState, data.Batch], TrainState]
    predict: Callable[[TrainState, data.Split], Predictions]
    end_epoch: Callable[[TrainState, np.float32], TrainState]


def programs(
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
) -> Programs:
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
    evaluate = parallel_eval(
        functools.partial(eval_step, model=model, dataset=dataset),
        devices=devices,
        parallel=parallel,
    )
    sharding = replicated_sharding(devices, parallel)

    def abstract(key: jax.Array) -> TrainState:
        return jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding),
            jax.eval_shape(create, key),
        )

    def predicted(state: TrainState, split: data.Split) -> Predictions:
        variables = eval_variables(state)
        return predict(
            evaluate, variables, split, batch_size=batch_size, devices=devices
        )

    return Programs(
        create=jax.jit(create, out_shardings=sharding),
        abstract=abstract,
        step=parallel_train(step, devices=devices, parallel=parallel),
        predict=predicted,
        end_epoch=jax.jit(
            functools.partial(end_epoch, objectives=objectives),
            out_shardings=sharding,
            donate_argnums=0,
        ),
    )
