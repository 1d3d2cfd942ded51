"""A run in TensorBoard."""

from collections.abc import Mapping
import json
import os
import pathlib
from typing import Any

from adrjax.train._optional import optional
from adrjax.train._watchers import Run, Throttle, test_metrics, train_metrics


class TensorBoard:
    """Writes the metrics of a run for TensorBoard.

    A `Watcher`. A run that continues replaces what was written after the step it
    continues from. View the files with `tensorboard --logdir`.

    Args:
        directory: The directory to write to, for one run; None for `tensorboard` in the
            directory of the run.

    Raises:
        MissingPackageError: If tensorboardX is not installed.
    """

    def __init__(self, directory: str | os.PathLike[str] | None = None):
        self._tensorboardx = optional("tensorboardX", "TensorBoard")
        self._directory = directory
        self._writer: Any = None

    def start(self, run: Run) -> None:
        """Writes the configuration."""
        self._config, self._is_due, self._step = dict(run.config), Throttle(), 0
        directory = self._directory
        if directory is None:
            directory = run.workdir / "tensorboard"
        self._writer = self._tensorboardx.SummaryWriter(
            str(directory), purge_step=run.step + 1
        )
        if not run.step:
            text = json.dumps(self._config, indent=4)
            self._writer.add_text("config", f"```json\n{text}\n```", 0)

    def update(self, step: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Writes the training metrics, once a second."""
        if self._is_due():
            self._write("train", train_metrics(metrics), step)
            self._step = step

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Writes the metrics of training and of the evaluations."""
        if self._step < record["step"]:
            self._write("train", train_metrics(record), record["step"])
        for name, value in test_metrics(record).items():
            self._writer.add_scalar(name, value, record["step"])
        self._write("epoch", {"seconds": record["seconds"]}, record["step"])

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Writes the configuration beside the last test metrics, for comparison."""
        self._writer.add_hparams(
            {name: _scalar(value) for name, value in self._config.items()},
            {f"last/{name}": value for name, value in test_metrics(record).items()},
            name="hparams",
            global_step=record["step"],
        )

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, group: str, metrics: Mapping[str, float], step: int) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)


def _scalar(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else json.dumps(value)
