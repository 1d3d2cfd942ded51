"""The figures of an epoch, all of them finite."""

from collections.abc import Callable, Mapping
import time
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import NonFiniteLossError
from adrjax.train._predict import Predictions
from adrjax.train._state import Totals

_EVERY = 10  # steps; at most twice as many are in flight
_SECONDS = 0.1  # to let pass between two looks, if it is less than that many steps


class Seen(NamedTuple):
    """The totals after a step, on the host."""

    step: int
    totals: Totals


class Lookout:
    """Looks at the totals of a step once they are there, so that no device waits."""

    def __init__(self) -> None:
        self._last, self._moment, self._pending = 0, 0.0, None
        self._copy = jax.jit(lambda totals: jax.tree.map(jnp.copy, totals))

    def look(self, step: int, totals: Totals, *, now: bool) -> Seen | None:
        """Returns the totals of this step or an earlier one, if there are new ones.

        Args:
            step: How many steps are done or on their way.
            totals: Those after that step.
            now: Whether to wait for them.
        """
        if now:
            self._pending = None
            return self._found(step, totals)
        if self._pending is None:
            is_due = time.monotonic() - self._moment >= _SECONDS
            if is_due or step - self._last >= _EVERY:
                here = jax.tree.map(lambda x: x.addressable_data(0), totals)
                self._pending = step, self._copy(here)
            return None
        earlier, there = self._pending
        if step - earlier < _EVERY and not there.examples.is_ready():
            return None
        self._pending = None
        return self._found(earlier, there)

    def _found(self, step, totals):
        found = Seen(step, jax.device_get(totals))
        self._last, self._moment = step, time.monotonic()
        return found


def training_figures(
    totals: Totals, name: str, checkpoints: Checkpoints
) -> dict[str, float]:
    """Returns the mean loss, its parts and the accuracy of the epoch so far.

    The parts are those of the first update, if there are several; what a second update
    minimizes is called `then`.

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
            f"{totals.bad_step}. {before} Try, in another --workdir, a lower learning "
            "rate, a warm-up, gradient clipping (optax.clip_by_global_norm) or a "
            "smaller weight of the regularizer."
        )
    examples = int(totals.examples)
    first, *then = [
        {part: float(total) / examples for part, total in sums.items()}
        for sums in totals.losses
    ]
    figures = {"train_loss": sum(first.values())}
    if len(first) > 1:
        figures |= {f"train_{part}": mean for part, mean in first.items()}
    if then:
        figures["train_then"] = sum(then[0].values())
    return {**figures, "train_accuracy": float(totals.correct) / examples}


def evaluation_figures(
    evaluate: Callable[[Predictions], Mapping[str, float]], predictions: Predictions
) -> dict[str, float]:
    """Returns what `evaluate` makes of predictions.

    Raises:
        ValueError: If a metric is not finite, which JSON cannot hold.
    """
    metrics = {key: float(value) for key, value in evaluate(predictions).items()}
    for key, value in metrics.items():
        if not np.isfinite(value):
            raise ValueError(
                f"evaluate returned {value} for {key!r}; it must return finite numbers"
            )
    return metrics
