"""The train state: everything that a training step changes."""

from collections.abc import Mapping, Sequence
import dataclasses
from typing import Any, NamedTuple

from flax import struct
import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from adrjax.train._objective import Objective


class Totals(NamedTuple):
    """Sums over the steps since the last record.

    Attributes:
        losses: For each update, the sum of each part of its loss over the examples,
            float32 `[]`.
        correct: The number of correctly classified examples, int32 `[]`.
        examples: The number of examples, int32 `[]`.
        bad_step: The first step, counted from 1, whose loss or parameters were not
            finite, or -1; int32 `[]`.
    """

    losses: tuple[Mapping[str, jax.Array], ...]
    correct: jax.Array
    examples: jax.Array
    bad_step: jax.Array


def zero_totals(objectives: Sequence[Objective]) -> Totals:
    """Returns the totals before the first step after a record."""
    losses = tuple({part: jnp.float32(0) for part in x} for x in objectives)
    return Totals(losses, jnp.int32(0), jnp.int32(0), jnp.int32(-1))


@struct.dataclass
class TrainState:
    """Everything that a training step changes; saving it resumes a run exactly.

    Attributes:
        step: The number of steps that are done, int32 `[]`.
        params: The parameters of the model.
        batch_stats: The running statistics of its batch normalization.
        opt_states: The state of the optimizer, for each update.
        loss_states: The state of each part of the loss, for each update.
        key: The key of augmentation and dropout, `[]`.
        ema: The moving average of the parameters, or None.
        metric: The metric of the last record that chooses the best checkpoint, 0
            before, float32 `[]`.
        totals: Sums over the steps since the last record.
    """

    step: jax.Array
    params: Any
    batch_stats: Any
    opt_states: tuple[optax.OptState, ...]
    loss_states: tuple[Any, ...]
    key: jax.Array
    ema: Any
    metric: jax.Array
    totals: Totals


def create_state(
    model: nn.Module,
    optimizer: optax.GradientTransformation,
    objectives: Sequence[Objective],
    shape: Sequence[int],
    key: jax.Array,
    *,
    ema: bool = False,
) -> TrainState:
    """Returns the state before the first step.

    Args:
        model: Maps `(images, train=...)` to `Outputs`.
        optimizer: The optimizer.
        objectives: The objective of each update of a step.
        shape: The shape of one image, `(height, width, channels)`.
        key: The key of initialization, augmentation and dropout.
        ema: Whether to keep a moving average of the parameters.

    Returns:
        The state, on the default device.
    """

    def create(key: jax.Array) -> TrainState:
        init_key, key = jax.random.split(key)
        variables = model.init(init_key, jnp.zeros((1, *shape)), train=False)
        params = variables["params"]
        return TrainState(
            step=jnp.int32(0),
            params=params,
            batch_stats=variables.get("batch_stats", {}),
            opt_states=tuple(optimizer.init(params) for _ in objectives),
            loss_states=tuple(
                {part: loss.init() for part, loss in x.items()} for x in objectives
            ),
            key=key,
            ema=jax.tree.map(jnp.copy, params) if ema else None,
            metric=jnp.float32(0),
            totals=zero_totals(objectives),
        )

    # Compiled it is faster, and no two leaves share a buffer, which donation forbids.
    return jax.jit(create)(key)


def start_from(
    state: TrainState,
    variables: Mapping[str, Any],
    *,
    optimizer: optax.GradientTransformation,
) -> TrainState:
    """Returns the state before the first step with other variables.

    Args:
        state: The state before the first step.
        variables: `{"params": ..., "batch_stats": ...}`.
        optimizer: The optimizer, whose state may depend on the parameters.
    """
    params, batch_stats = variables["params"], variables["batch_stats"]
    changed = dataclasses.replace(
        state,
        params=params,
        batch_stats=batch_stats,
        opt_states=tuple(optimizer.init(params) for _ in state.opt_states),
        ema=None if state.ema is None else params,
    )
    return jax.tree.map(jnp.copy, changed)  # no two leaves share a buffer


def eval_variables(state: TrainState) -> dict[str, Any]:
    """Returns the variables to evaluate: the moving average if there is one."""
    params = state.params if state.ema is None else state.ema
    return {"params": params, "batch_stats": state.batch_stats}
