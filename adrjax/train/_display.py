"""The live display of a run on a terminal."""

from collections.abc import Mapping
import datetime
from typing import NamedTuple

from rich.columns import Columns
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adrjax.train._speed import Speed, memory
from adrjax.train._watchers import Run


class Position(NamedTuple):
    """The position of a run.

    Attributes:
        step: The number of steps that are done.
        epoch: The current epoch, from 1.
        train: The training metrics since the last record, loss first; empty before the
            first step.
        test: The metrics of the evaluations at the last record; empty before the first.
    """

    step: int
    epoch: int
    train: Mapping[str, float]
    test: Mapping[str, float]


def display(run: Run, position: Position, speed: Speed) -> Table:
    """Returns bars of epochs and steps, with the metrics below them."""
    before = (position.epoch - 1) * run.steps_per_epoch
    steps = min(run.steps_per_epoch, run.num_steps - before)
    done = position.step - before
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    table.add_row("run", _line(run.name))
    table.add_row(
        "epoch", _bar(position.epoch, run.num_epochs, position.step / run.num_steps)
    )
    table.add_row("step", _bar(done, steps, done / steps))
    table.add_row(
        "train", _items(position.train) if position.train else "the first step compiles"
    )
    table.add_row("test", _items(position.test) if position.test else "")
    table.add_row("speed", Columns(map(_line, _speed(speed)), padding=(0, 2)))
    return table


def images_per_second(speed: float | None) -> list[str]:
    """Returns a speed as it is shown; nothing if it is not known."""
    return [] if speed is None else [f"{speed:,.0f} images/s"]


def duration(seconds: float) -> str:
    """Returns seconds as hours, minutes and seconds."""
    return str(datetime.timedelta(seconds=round(seconds)))


def _speed(speed: Speed) -> list[str]:
    left = speed.seconds_left()
    return [
        *images_per_second(speed.current),
        f"{duration(speed.seconds())} gone",
        *([] if left is None else [f"{duration(left)} left"]),
        memory(),
    ]


def _bar(done: int, total: int, share: float) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(justify="right", width=2 * len(str(total)) + 1)
    row.add_column(ratio=1)
    row.add_row(f"{done}/{total}", ProgressBar(total=1, completed=share))
    return row


def _items(metrics: Mapping[str, float]) -> Columns:
    return Columns(
        [_line(f"{name} {_number(name, x)}") for name, x in metrics.items()],
        padding=(0, 2),
    )


def _number(name: str, x: float) -> str:
    if name == "accuracy":
        return f"{x:.1%}"
    return f"{x:.4f}" if x == 0 or 1e-3 <= abs(x) < 1e4 else f"{x:.3e}"


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
