"""A run in TensorBoard."""

from collections.abc import Mapping
import json
import os
import pathlib
from typing import Any

from adrjax.train._optional import optional
from adrjax.train._watchers import OnceASecond, Run, of_test, of_training


class TensorBoard:
    """Writes the figures of a run for TensorBoard.

    A `Watcher`. A run that goes on replaces what was written after the step it goes on
    from. View it with `tensorboard --logdir`.

    Args:
        directory: Where to write, for one run; by default `tensorboard` in its workdir.

    Raises:
        ImportError: If tensorboardX is not installed.
    """

    def __init__(self, directory: str | os.PathLike | None = None):
        self._tensorboardx = optional("tensorboardX", "TensorBoard")
        self._directory = directory
        self._writer: Any = None

    def start(self, run: Run) -> None:
        """Writes the configuration."""
        self._config, self._is_time, self._step = dict(run.config), OnceASecond(), 0
        self._writer = self._tensorboardx.SummaryWriter(
            str(self._directory or run.workdir / "tensorboard"),
            purge_step=run.step + 1,
        )
        if not run.step:
            text = json.dumps(self._config, indent=4)
            self._writer.add_text("config", f"```json\n{text}\n```", 0)

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Writes the figures of training, once a second."""
        if self._is_time():
            self._write("train", of_training(figures), step)
            self._step = step

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Writes the figures of training and the test metrics."""
        if self._step < record["step"]:
            self._write("train", of_training(record), record["step"])
        self._write("test", of_test(record), record["step"])
        self._write("epoch", {"seconds": record["seconds"]}, record["step"])

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Writes the configuration beside the last test metrics, for comparison."""
        self._writer.add_hparams(
            {name: _plain(value) for name, value in self._config.items()},
            {f"last/{name}": value for name, value in of_test(record).items()},
            name="hparams",
            global_step=record["step"],
        )

    def close(self) -> None:
        """Closes the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, group: str, figures: Mapping[str, float], step: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(f"{group}/{name}", value, step)


def _plain(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float | str) else json.dumps(value)
