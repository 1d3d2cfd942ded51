"""Watchers: objects that show or store the metrics of a run while it goes on."""

from collections.abc import Mapping
import math
import pathlib
import time
from typing import Any, NamedTuple, Protocol


class Run(NamedTuple):
    """The description of a run that a watcher gets.

    Attributes:
        name: The name of the run.
        workdir: The directory of this run and no other.
        config: The content of config.json.
        step: The number of steps done before.
        num_steps: The number of steps of the whole run.
        num_epochs: The number of epochs of the whole run.
        steps_per_epoch: The number of steps of an epoch.
        batch_size: The number of images of a step, over all devices.
        best: The metric that chooses the best checkpoint; None for the first.
        lower_is_better: Whether the best checkpoint is the one with the lowest metric.
    """

    name: str
    workdir: pathlib.Path
    config: Mapping[str, Any]
    step: int
    num_steps: int
    num_epochs: int
    steps_per_epoch: int
    batch_size: int
    best: str | None = None
    lower_is_better: bool = False


class Watcher(Protocol):
    """Shows or stores the metrics of runs, one after another, on the first process."""

    def start(self, run: Run, /) -> None:
        """Called before the first step of a run.

        Args:
            run: Its description.
        """
        ...

    def update(self, step: int, epoch: int, metrics: Mapping[str, float], /) -> None:
        """Called every few steps.

        Args:
            step: The number of steps that are done.
            epoch: The epoch they end in, from 1.
            metrics: `train_loss`, `train_accuracy` and, if the loss has parts,
                `train_<part>` for each: means since the last record.
        """
        ...

    def epoch(self, record: Mapping[str, Any], /) -> None:
        """Called at each record, by default after each epoch.

        Args:
            record: A line of metrics.jsonl: `epoch` and `step`, the training metrics,
                the metrics of the evaluations as `name/metric`, and the `seconds` since
                the record before.
        """
        ...

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path, /) -> None:
        """Called after the last step.

        Args:
            record: The last line of metrics.jsonl.
            checkpoint: The directory of the last checkpoint.
        """
        ...

    def close(self) -> None:
        """Called last, whether the run ended or an error stopped it."""
        ...


def train_metrics(record: Mapping[str, Any]) -> dict[str, float]:
    """Returns the training metrics of a record, `loss` for `train_loss` and so on."""
    return {
        name.removeprefix("train_"): value
        for name, value in record.items()
        if name.startswith("train_")
    }


def test_metrics(record: Mapping[str, Any]) -> dict[str, float]:
    """Returns the metrics of the evaluations of a record, by `name/metric`."""
    return {
        name: value
        for name, value in record.items()
        if name not in ("epoch", "step", "seconds") and not name.startswith("train_")
    }


class Throttle:
    """Passes one call a second."""

    def __init__(self) -> None:
        self._last = -math.inf

    def __call__(self) -> bool:
        """Returns whether a second has passed since it last returned True."""
        now = time.monotonic()
        if now - self._last < 1:
            return False
        self._last = now
        return True
