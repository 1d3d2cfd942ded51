"""What a run looks like on a terminal."""

from collections.abc import Mapping
import datetime
from typing import NamedTuple

from rich.columns import Columns
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adrjax.train._pace import Pace, memory
from adrjax.train._watchers import Run


class Place(NamedTuple):
    """How far a run is.

    Attributes:
        step: How many steps are done.
        epoch: The present epoch, from 1.
        figures: Those of its training so far, loss first; empty before the first.
        metrics: Those of the test after the last epoch; empty before the first.
    """

    step: int
    epoch: int
    figures: Mapping[str, float]
    metrics: Mapping[str, float]


def board(run: Run, place: Place, pace: Pace) -> Table:
    """Returns bars of epochs and steps, with the figures below them."""
    before = (place.epoch - 1) * run.steps_per_epoch
    steps = min(run.steps_per_epoch, run.num_steps - before)
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    table.add_row("run", _line(run.name))
    table.add_row(
        "epoch", _bar(place.epoch, run.num_epochs, place.step / run.num_steps)
    )
    done = place.step - before
    table.add_row("step", _bar(done, steps, done / steps))
    table.add_row(
        "train", _items(place.figures) if place.figures else "the first step compiles"
    )
    table.add_row("test", _items(place.metrics) if place.metrics else "")
    table.add_row("speed", Columns(map(_line, speed(pace)), padding=(0, 2)))
    return table


def speed(pace: Pace) -> list[str]:
    """Returns how fast a run is, how long it takes and what memory."""
    left = pace.seconds_left()
    return [
        *images_per_second(pace.now),
        f"{clock(pace.seconds())} gone",
        *([] if left is None else [f"{clock(left)} left"]),
        memory(),
    ]


def images_per_second(speed: float | None) -> list[str]:
    """Returns a speed as it is shown, if it is known."""
    return [] if speed is None else [f"{speed:,.0f} images/s"]


def clock(seconds: float) -> str:
    """Returns a time as hours, minutes and seconds."""
    return str(datetime.timedelta(seconds=round(seconds)))


def _bar(done: int, total: int, share: float) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(justify="right", width=2 * len(str(total)) + 1)
    row.add_column(ratio=1)
    row.add_row(f"{done}/{total}", ProgressBar(total=1, completed=share))
    return row


def _items(figures: Mapping[str, float]) -> Columns:
    return Columns(
        [_line(f"{name} {_number(name, x)}") for name, x in figures.items()],
        padding=(0, 2),
    )


def _number(name: str, x: float) -> str:
    if name == "accuracy":
        return f"{x:.1%}"
    return f"{x:.4f}" if x == 0 or 1e-3 <= abs(x) < 1e4 else f"{x:.3e}"


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
