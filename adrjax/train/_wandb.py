"""A run in Weights & Biases."""

from collections.abc import Mapping
import json
import pathlib
from typing import Any, Literal

from adrjax.train._optional import optional
from adrjax.train._watchers import OnceASecond, Run, of_test, of_training


class WandB:
    """Sends the figures of a run to Weights & Biases.

    A `Watcher`. A run that goes on does so there too, and sends nothing twice:
    `wandb.json` in its workdir keeps its id and its last step there.

    Args:
        project: The project there.
        mode: `"offline"` keeps everything in the workdir, for `wandb sync`. None: what
            the environment variable WANDB_MODE says, else online.

    Raises:
        ImportError: If wandb is not installed.
    """

    def __init__(
        self,
        project: str,
        *,
        mode: Literal["online", "offline", "disabled"] | None = None,
    ):
        self._wandb = optional("wandb", "WandB")
        self._project, self._mode = project, mode
        self._run: Any = None

    def start(self, run: Run) -> None:
        """Begins a run there, or goes on with it."""
        self._file = run.workdir / "wandb.json"
        known = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._run = self._wandb.init(
            project=self._project,
            name=run.name,
            dir=run.workdir,
            config=dict(run.config),
            mode=self._mode,
            id=known.get("id"),
            resume="allow",
        )
        self._first = max(known.get("step", -1) + 1, self._run.step)
        self._step, self._has_ended = self._first - 1, False
        self._is_time = OnceASecond()
        self._remember()

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Sends the figures of training, once a second."""
        if self._is_time():
            self._log(step, _grouped("train", of_training(figures)))

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Sends the figures of training and the test metrics."""
        figures = {name: record[name] for name in ("epoch", "seconds")}
        figures |= _grouped("train", of_training(record))
        self._log(record["step"], figures | _grouped("test", of_test(record)))
        self._remember()

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Sends where the last checkpoint is."""
        self._run.summary["checkpoint"] = str(checkpoint)
        self._has_ended = True

    def close(self) -> None:
        """Ends the run there, as failed unless it came to its end."""
        if self._run is not None:
            self._remember()
            self._run.finish(exit_code=0 if self._has_ended else 1)
            self._run = None

    def _log(self, step: int, figures: dict[str, float]) -> None:
        if step >= self._first:
            self._run.log(figures, step=step)
            self._step = step

    def _remember(self) -> None:
        self._file.write_text(json.dumps({"id": self._run.id, "step": self._step}))


def _grouped(group: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{group}/{name}": value for name, value in figures.items()}
