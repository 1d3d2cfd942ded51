"""Losses whose parameters change as training goes on."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from adrjax import _checks
from adrjax._base import Loss, State, StatefulLoss, add


class ScheduledState(NamedTuple):
    """What a scheduled loss remembers.

    Attributes:
        count: How many steps or epochs are done, int32 `[]`.
        inner: The state of the loss.
    """

    count: jax.Array
    inner: State


def scheduled(
    loss_of: Callable[[Any], Loss | StatefulLoss],
    schedule: Callable[[jax.Array], Any],
    *,
    per: Literal["step", "epoch"] = "step",
) -> StatefulLoss:
    """Changes a parameter of a loss with every step or every epoch.

    A weight of ADR that rises from 0 to 0.05 over the first 10,000 steps:

        scheduled(
            lambda gamma: lambda logits, labels: gamma * regularizers.adr(logits),
            optax.linear_schedule(0, 0.05, 10_000),
        )

    A parameter that must be known while tracing, such as the tau of ADR, is chosen by
    `jax.lax.switch`. What is compiled is compiled once.

    Args:
        loss_of: Makes a loss of what the schedule returns. If that loss has a state,
            the parameter may not decide its shape.
        schedule: Maps the number of steps or epochs that are done, int32 `[]`, to the
            parameter; every schedule of optax does.
        per: What to count, the calls of `apply` or those of `end_epoch`.

    Returns:
        The loss, with the count for a state beside its own.

    Raises:
        ValueError: If `per` is neither "step" nor "epoch".
    """
    _checks.one_of("per", per, ("step", "epoch"))

    def at(count: jax.Array) -> StatefulLoss:
        return add(loss_of(schedule(count)))

    def init():
        count = jnp.zeros([], jnp.int32)
        return ScheduledState(count, at(count).init())

    def apply(state, outputs, labels):
        values, inner = at(state.count).apply(state.inner, outputs, labels)
        return values, ScheduledState(state.count + (per == "step"), inner)

    def end_epoch(state):
        inner = at(state.count).end_epoch(state.inner)
        return ScheduledState(state.count + (per == "epoch"), inner)

    return StatefulLoss(init, apply, end_epoch)
