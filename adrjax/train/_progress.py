"""A run on the console."""

from collections.abc import Mapping
import json
import pathlib
import statistics
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from adrjax.train._board import Place, board, clock, images_per_second
from adrjax.train._pace import Pace, memory
from adrjax.train._watchers import Run, of_test, of_training

_REFRESHES = 2  # a second


class Progress:
    """Shows runs: bars and figures on a terminal, elsewhere a line an epoch.

    A `Watcher`. What there is to see is drawn by a thread, a few times a second.

    Args:
        disable: Whether to show nothing.
        console: Where to show it; by default on the standard output.
    """

    def __init__(self, *, disable: bool = False, console: Console | None = None):
        self._console = console or Console()
        self._disable = disable
        self._live: Live | None = None

    def start(self, run: Run) -> None:
        """Shows a run; its first step will compile."""
        self._run, self._pace = run, Pace(run)
        self._place = Place(run.step, run.step // run.steps_per_epoch + 1, {}, {})
        self._speeds: list[float] = []
        if self._console.is_interactive and not self._disable:
            self._live = Live(
                console=self._console,
                get_renderable=self._board,
                refresh_per_second=_REFRESHES,
            )
            self._live.start(refresh=True)

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Notes how far the run is."""
        self._place = Place(step, epoch, of_training(figures), self._place.metrics)
        self._pace.update(step)

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Shows an epoch: its test metrics, or elsewhere than on a terminal a line."""
        self._place = Place(
            record["step"], record["epoch"], of_training(record), of_test(record)
        )
        speed = self._pace.of_epoch()
        self._speeds += [] if speed is None else [speed]
        self._pace.next_epoch(record["step"])
        if self._live is None:
            (_, epoch), *rest = record.items()
            self._say(
                self._run.name,
                f"epoch {epoch}/{self._run.num_epochs}",
                *(f"{name} {value:.5g}" for name, value in rest),
                *images_per_second(speed),
                memory(),
            )

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Shows what the run came to, in place of the bars."""
        if self._live is not None:
            self._live.transient = True
        self.close()
        lines = (self._run.workdir / "metrics.jsonl").read_text().splitlines()
        history = [json.loads(line) for line in lines]
        self._say(
            f"{self._run.name}: {record['epoch']} epochs",
            f"{record['step']} steps",
            clock(sum(epoch["seconds"] for epoch in history)),
            *images_per_second(
                statistics.median(self._speeds) if self._speeds else None
            ),
        )
        for name in list(of_test(record))[:1]:
            best = max((x for x in history if name in x), key=lambda x: x[name])
            self._say(
                f"  {name} {record[name]:.5g}",
                f"the best {best[name]:.5g} after epoch {best['epoch']}",
            )
        self._say(f"  checkpoint {checkpoint}")

    def close(self) -> None:
        """Leaves what is shown as it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _board(self) -> Table:
        return board(self._run, self._place, self._pace)

    def _say(self, *parts: str) -> None:
        if not self._disable:
            self._console.print(Text("  ".join(parts)), soft_wrap=True)
