"""What shows or keeps the figures of a run while it goes on."""

from collections.abc import Mapping
import math
import pathlib
import time
from typing import Any, NamedTuple, Protocol


class Run(NamedTuple):
    """What a watcher is told of a run.

    Attributes:
        name: What to call it.
        workdir: The directory of this run, and of no other.
        config: What config.json holds.
        step: How many steps were done before.
        num_steps: How many there will be in the end.
        num_epochs: How many epochs they make.
        steps_per_epoch: How many steps make an epoch.
        batch_size: How many images make a step, over all devices.
    """

    name: str
    workdir: pathlib.Path
    config: Mapping[str, Any]
    step: int
    num_steps: int
    num_epochs: int
    steps_per_epoch: int
    batch_size: int


class Watcher(Protocol):
    """Shows or keeps the figures of runs, one after another, on the first process."""

    def start(self, run: Run) -> None:
        """Hears of a run before its first step.

        Args:
            run: What it is.
        """
        ...

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Hears, every few steps, how far the run is.

        Args:
            step: How many steps are done.
            epoch: The epoch they end in, from 1.
            figures: `train_loss`, `train_accuracy` and, where the loss has parts,
                `train_<part>` of each: means over the epoch so far.
        """
        ...

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Hears of a finished epoch.

        Args:
            record: Its line of metrics.jsonl: `epoch` and `step`, the figures of
                training, the test metrics, and the `seconds` it took.
        """
        ...

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Hears of the end, after the last step.

        Args:
            record: The last line of metrics.jsonl.
            checkpoint: The directory of the last checkpoint.
        """
        ...

    def close(self) -> None:
        """Lets go of the run; called last, whether it ended or an error stopped it."""
        ...


def of_training(figures: Mapping[str, Any]) -> dict[str, float]:
    """Returns the figures of training, `loss` for `train_loss` and so on."""
    return {
        name.removeprefix("train_"): value
        for name, value in figures.items()
        if name.startswith("train_")
    }


def of_test(record: Mapping[str, Any]) -> dict[str, float]:
    """Returns the test metrics of an epoch, those the checkpoints go by first."""
    return {
        name: value
        for name, value in record.items()
        if name not in ("epoch", "step", "seconds") and not name.startswith("train_")
    }


class OnceASecond:
    """Tells which updates to keep, where all of them would be too many."""

    def __init__(self):
        self._last = -math.inf

    def __call__(self) -> bool:
        """Returns whether a second has passed since it last said so."""
        now = time.monotonic()
        if now - self._last < 1:
            return False
        self._last = now
        return True
