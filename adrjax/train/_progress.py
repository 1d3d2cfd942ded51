"""What is shown of a run while it goes on."""

from collections.abc import Iterator, Mapping
import contextlib
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """Shows runs: a live bar on a terminal, and elsewhere a line an epoch.

    Args:
        disable: Whether to show nothing.
        console: Where to show it; by default on the standard output.
    """

    def __init__(self, *, disable: bool = False, console: Console | None = None):
        self._console = console or Console()
        self._has_bar = self._console.is_terminal and not disable
        self._has_lines = not self._console.is_terminal and not disable

    @contextlib.contextmanager
    def run(
        self, name: str, *, step: int, num_steps: int, num_epochs: int, batch_size: int
    ) -> Iterator[None]:
        """Shows one run, inside the `with` statement.

        Args:
            name: What to call it.
            step: How many steps are done.
            num_steps: How many there will be.
            num_epochs: How many epochs they make.
            batch_size: How many images make a step.
        """
        self._name, self._num_epochs, self._batch_size = name, num_epochs, batch_size
        self._step, self._time = step, time.perf_counter()
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[news]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._has_bar,
        )
        self._task = self._bar.add_task(name, completed=step, total=num_steps, news="")
        with self._bar:
            yield

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Shows how far the run is.

        Args:
            step: How many steps are done.
            epoch: The epoch they end in, from 1.
            figures: The `train_loss` and `train_accuracy` of the epoch so far.
        """
        seconds = time.perf_counter() - self._time
        speed = self._batch_size * (step - self._step) / seconds
        self._bar.update(
            self._task,
            completed=step,
            news=f"epoch {epoch}/{self._num_epochs}  "
            f"loss {figures['train_loss']:.4f}  "
            f"accuracy {figures['train_accuracy']:.1%}  {speed:,.0f} images/s",
        )

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Shows a finished epoch.

        Args:
            record: Its line of metrics.jsonl.
        """
        self._step, self._time = record["step"], time.perf_counter()
        if self._has_lines:
            epoch, *rest = record.items()
            figures = "  ".join(f"{key} {value:.5g}" for key, value in rest)
            line = f"{self._name}  epoch {epoch[1]}/{self._num_epochs}  {figures}"
            print(line, file=self._console.file, flush=True)
