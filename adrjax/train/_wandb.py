"""A run in Weights & Biases."""

from collections.abc import Mapping
import json
import pathlib
from typing import Any, Literal

from adrjax.train import _files
from adrjax.train._errors import WorkdirError
from adrjax.train._optional import optional
from adrjax.train._watchers import Run, Throttle, test_metrics, train_metrics


class WandB:
    """Sends the metrics of a run to Weights & Biases.

    A `Watcher`. A run that continues also continues there, and sends nothing twice:
    `wandb.json` in its directory stores its id and its last step there.

    Args:
        project: The project there.
        mode: `"offline"` stores everything in the directory of the run, for `wandb
            sync`. None: the environment variable WANDB_MODE, else online.

    Raises:
        MissingPackageError: If wandb is not installed.
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
        """Starts a run there, or continues it.

        Raises:
            WorkdirError: If wandb.json is damaged.
        """
        self._file = run.workdir / "wandb.json"
        known = _read(self._file)
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
        self._is_due = Throttle()
        self._store()

    def update(self, step: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Sends the training metrics, once a second."""
        if self._is_due():
            self._log(step, _grouped("train", train_metrics(metrics)))

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Sends the metrics of training and of the evaluations."""
        metrics = {name: record[name] for name in ("epoch", "seconds")}
        metrics |= _grouped("train", train_metrics(record))
        self._log(record["step"], metrics | test_metrics(record))
        self._store()

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Sends the path of the last checkpoint."""
        self._run.summary["checkpoint"] = str(checkpoint)
        self._has_ended = True

    def close(self) -> None:
        """Ends the run there, as failed unless the last step was done."""
        if self._run is not None:
            self._store()
            self._run.finish(exit_code=0 if self._has_ended else 1)
            self._run = None

    def _log(self, step: int, metrics: dict[str, float]) -> None:
        if step >= self._first:
            self._run.log(metrics, step=step)
            self._step = step

    def _store(self) -> None:
        content = {"id": self._run.id, "step": self._step}
        _files.write(self._file, _files.json_bytes(content))


def _read(file: pathlib.Path) -> dict[str, Any]:
    """Returns the id and the last step there; nothing for a new run."""
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_text("utf-8", errors="replace"))
        return {"id": str(known["id"]), "step": int(known["step"])}
    except (KeyError, TypeError, ValueError):
        raise WorkdirError(
            f"{file} is damaged. Remove it to start a new run in Weights & Biases."
        ) from None


def _grouped(group: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{group}/{name}": value for name, value in metrics.items()}
