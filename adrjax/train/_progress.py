"""A run on the console."""

from collections.abc import Mapping
import io
import pathlib
import statistics
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from adrjax.train._display import Position, display, duration, images_per_second
from adrjax.train._files import read_history
from adrjax.train._speed import Speed, memory
from adrjax.train._watchers import Run, test_metrics, train_metrics

_REFRESHES = 2  # a second


class Progress:
    """Shows runs on the console: bars on a terminal, elsewhere a line a record.

    A `Watcher`. The bars are drawn by a thread. A character that the encoding of the
    console lacks is printed as `?`.

    Args:
        disable: Whether to show nothing.
        console: The console, the standard output by default.
    """

    def __init__(self, *, disable: bool = False, console: Console | None = None):
        self._console = Console() if console is None else console
        self._disable = disable
        self._live: Live | None = None
        if isinstance(self._console.file, io.TextIOWrapper):
            self._console.file.reconfigure(errors="replace")

    def start(self, run: Run) -> None:
        """Shows the bars of a run."""
        self._run, self._speed = run, Speed(run)
        self._position = Position(run.step, run.step // run.steps_per_epoch + 1, {}, {})
        self._speeds: list[float] = []
        if self._console.is_interactive and not self._disable:
            self._live = Live(
                console=self._console,
                get_renderable=self._display,
                refresh_per_second=_REFRESHES,
            )
            self._live.start(refresh=True)

    def update(self, step: int, epoch: int, metrics: Mapping[str, float]) -> None:
        """Moves the bars."""
        train = train_metrics(metrics)
        self._position = Position(step, epoch, train, self._position.test)
        self._speed.update(step)

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Shows the test metrics of a record; without a terminal, prints a line."""
        self._position = Position(
            record["step"],
            record["epoch"],
            train_metrics(record),
            test_metrics(record),
        )
        speed = self._speed.of_epoch()
        self._speeds += [] if speed is None else [speed]
        self._speed.next_epoch(record["step"])
        if self._live is None:
            (_, epoch), *rest = record.items()
            self._print(
                self._run.name,
                f"epoch {epoch}/{self._run.num_epochs}",
                *(f"{name} {value:.5g}" for name, value in rest),
                *images_per_second(speed),
                memory(),
            )

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Replaces the bars by a summary."""
        if self._live is not None:
            self._live.transient = True
        self.close()
        history = read_history(self._run.workdir)
        self._print(
            f"{self._run.name}: {record['epoch']} epochs",
            f"{record['step']} steps",
            duration(sum(epoch["seconds"] for epoch in history)),
            *images_per_second(
                statistics.median(self._speeds) if self._speeds else None
            ),
        )
        chosen = self._run.best
        for name in [chosen] if chosen else list(test_metrics(record))[:1]:
            choose = min if self._run.lower_is_better else max
            best = choose((x for x in history if name in x), key=lambda x: x[name])
            self._print(
                f"  {name} {record[name]:.5g}",
                f"the best {best[name]:.5g} after epoch {best['epoch']}",
            )
        self._print(f"  checkpoint {checkpoint}")

    def close(self) -> None:
        """Stops the bars, which stay on the terminal."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _display(self) -> Table:
        return display(self._run, self._position, self._speed)

    def _print(self, *parts: str) -> None:
        if not self._disable:
            self._console.print(Text("  ".join(parts)), soft_wrap=True)
