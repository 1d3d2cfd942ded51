"""Losses whose parameters follow a schedule."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp

from adrjax import _checks
from adrjax._base import Loss, State, StatefulLoss, add


class ScheduledState(NamedTuple):
    """The state of a scheduled loss.

    Attributes:
        elapsed: The number of finished steps or epochs, int32 `[]`.
        inner: The state of the loss.
    """

    elapsed: jax.Array
    inner: State


def scheduled(
    loss_of: Callable[[Any], Loss | StatefulLoss],
    schedule: Callable[[jax.Array], Any],
    *,
    per: Literal["step", "epoch"] = "step",
) -> StatefulLoss:
    """A loss with a parameter that follows a schedule over steps or epochs.

    A weight of ADR that rises from 0 to 0.05 over the first 10,000 steps:

        scheduled(
            lambda gamma: lambda logits, labels: gamma * regularizers.adr(logits),
            optax.linear_schedule(0, 0.05, 10_000),
        )

    A parameter that must be known while tracing, such as the tau of ADR, can be
    selected by `jax.lax.switch`. The train step is compiled once.

    Args:
        loss_of: Maps the value of the schedule to a loss. If that loss has a state, its
            shape must not depend on the value.
        schedule: Maps the number of finished steps or epochs, int32 `[]`, to the
            parameter. All schedules of optax have this form.
        per: The unit of the count: calls of `apply`, "step", or of `end_epoch`,
            "epoch".

    Returns:
        The loss, with the number of finished steps or epochs beside its own state.

    Raises:
        ValueError: If `per` is neither "step" nor "epoch".

    Example:
        >>> import adrjax
        >>> import jax
        >>> loss = adrjax.scheduled(
        ...     lambda weight: lambda logits, labels: weight * logits[..., 0],
        ...     lambda step: 0.5 * step,
        ... )
        >>> state = loss.init()
        >>> for step in range(3):
        ...     value, state = loss.apply(state, jax.numpy.ones([1, 2]), [0])
        ...     print(value)
        [0.]
        [0.5]
        [1.]
    """
    _checks.one_of("per", per, ("step", "epoch"))

    def at(elapsed: jax.Array) -> StatefulLoss:
        return add(loss_of(schedule(elapsed)))

    def init() -> ScheduledState:
        elapsed = jnp.zeros([], jnp.int32)
        return ScheduledState(elapsed, at(elapsed).init())

    def apply(
        state: ScheduledState, outputs: Any, labels: jax.Array
    ) -> tuple[jax.Array, ScheduledState]:
        values, inner = at(state.elapsed).apply(state.inner, outputs, labels)
        return values, ScheduledState(state.elapsed + int(per == "step"), inner)

    def end_epoch(state: ScheduledState) -> ScheduledState:
        inner = at(state.elapsed).end_epoch(state.inner)
        return ScheduledState(state.elapsed + int(per == "epoch"), inner)

    return StatefulLoss(init, apply, end_epoch)
