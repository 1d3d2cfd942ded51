"""The metrics of a run: those of training, fetched without stopping the devices."""

from collections.abc import Callable, Mapping
import time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from adrjax.train import _arguments
from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import NonFiniteLossError
from adrjax.train._network import Network
from adrjax.train._state import Totals

_EVERY = 10  # steps; at most twice as many are in flight
_SECONDS = 0.1  # between two fetches, if that is shorter than that many steps


class Snapshot(NamedTuple):
    """The totals after a step, on the host."""

    step: int
    totals: Totals


class Monitor:
    """Fetches the totals of a step once they are computed, so no device waits."""

    def __init__(self) -> None:
        self._step, self._time = 0, 0.0
        self._pending: tuple[int, Any] | None = None
        self._copy = jax.jit(lambda totals: jax.tree.map(jnp.copy, totals))

    def poll(self, step: int, totals: Totals, *, wait: bool) -> Snapshot | None:
        """Returns the totals of this step or of an earlier one, if they are new.

        Args:
            step: The number of steps that are dispatched.
            totals: The totals after that step.
            wait: Whether to wait for the totals of this step.
        """
        if wait:
            self._pending = None
            return self._fetch(step, totals)
        if self._pending is None:
            is_due = time.monotonic() - self._time >= _SECONDS
            if is_due or step - self._step >= _EVERY:
                local = jax.tree.map(lambda x: x.addressable_data(0), totals)
                self._pending = step, self._copy(local)
            return None
        earlier, copied = self._pending
        if step - earlier < _EVERY and not copied.examples.is_ready():
            return None
        self._pending = None
        return self._fetch(earlier, copied)

    def _fetch(self, step: int, totals: Totals) -> Snapshot:
        snapshot = Snapshot(step, jax.device_get(totals))
        self._step, self._time = step, time.monotonic()
        return snapshot


def training_metrics(
    totals: Totals, name: str, checkpoints: Checkpoints
) -> dict[str, float]:
    """Returns the mean loss, its parts and the accuracy since the last record.

    The parts are those of the first update, if there are several; the mean loss of a
    second update is `train_then`.

    Raises:
        NonFiniteLossError: If a step was not finite.
    """
    if totals.bad_step >= 0:
        checkpoints.wait()
        before = "There is no checkpoint from before."
        if checkpoints.steps:
            last = checkpoints.steps[-1]
            before = f"The checkpoint of step {last} is from before: "
            before += f"{checkpoints.path(last)}."
        raise NonFiniteLossError(
            f"{name}: the loss or the parameters are infinite or NaN since step "
            f"{totals.bad_step}. {before} Try, in another directory, a lower learning "
            "rate, a warm-up, gradient clipping (optax.clip_by_global_norm) or a "
            "smaller weight of the regularizer."
        )
    examples = int(totals.examples)
    first, *then = [
        {part: float(total) / examples for part, total in sums.items()}
        for sums in totals.losses
    ]
    metrics = {"train_loss": sum(first.values())}
    if len(first) > 1:
        metrics |= {f"train_{part}": mean for part, mean in first.items()}
    if then:
        metrics["train_then"] = sum(then[0].values())
    return {**metrics, "train_accuracy": float(totals.correct) / examples}


def evaluate(
    evaluations: Mapping[str, Callable[[Network], Mapping[str, Any]]], network: Network
) -> dict[str, float]:
    """Returns the metrics of all evaluations by their names, `evaluation/metric`.

    Raises:
        ArgumentError: If a metric is not finite.
    """
    return {
        f"{name}/{metric}": value
        for name, evaluation in evaluations.items()
        for metric, value in _arguments.finite(
            f"the evaluation {name!r}", evaluation(network)
        ).items()
    }
