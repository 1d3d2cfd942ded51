"""What a page prints: our numbers beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import pathlib
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table as Grid

from adrjax import train

if TYPE_CHECKING:
    from experiments.rows import Quoted, Row
    from experiments.table import Table


FOOTNOTE = (
    "Mean ± standard deviation over the seeds, after the last epoch, on the test set, in "
    "per cent.\n* Of the best epoch, chosen on the test set seed by seed: it flatters, and "
    "is here because papers seldom tell which they print."
)


def write(
    table: Table,
    rows: Sequence[Row | Quoted],
    runs: Mapping[str, Sequence[train.Result]],
    workdir: pathlib.Path,
    console: Console,
) -> None:
    """Prints a table, and writes it to table.md and every seed of it to table.json.

    Args:
        table: What is reproduced.
        rows: The rows that were asked for, those that are quoted among them.
        runs: The runs of each row.
        workdir: Where the files go.
        console: Where to print.
    """
    header, lines = _header(table), [_line(table, row, runs) for row in rows]
    grid = Grid(*header, title=table.title, title_justify="left")
    for column in grid.columns[1:]:
        column.justify = "right"
    for line in lines:
        grid.add_row(*line)
    console.print(grid)
    console.print(FOOTNOTE, highlight=False)

    markdown = [header, ["---", *["---:"] * (len(header) - 1)], *lines]
    text = "\n".join(f"| {' | '.join(line)} |" for line in markdown)
    (workdir / "table.md").write_text(f"{text}\n\n{FOOTNOTE}\n")
    seeds = {name: [r.history for r in results] for name, results in runs.items()}
    (workdir / "table.json").write_text(json.dumps(seeds, indent=1))


def spread(values: Sequence[float]) -> str:
    """Returns the mean, and if there are several the standard deviation (n - 1)."""
    if len(values) == 1:
        return f"{values[0]:.2f}"
    return f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"


def _header(table: Table) -> list[str]:
    first = next(iter(table.columns))
    printed = any(row.paper for row in table.rows)
    names = [f"{name} (paper's)" if printed else name for name in table.measured]
    return ["row", "seeds", "epochs", *names, f"best {first}*"]


def _line(
    table: Table, row: Row | Quoted, runs: Mapping[str, Sequence[train.Result]]
) -> list[str]:
    histories = [result.history for result in runs.get(row.name, ())]
    line = [row.name, "", "quoted"]
    if histories:
        line[1:] = str(len(histories)), str(histories[0][-1]["epoch"])
    papers = [*row.paper, *[None] * len(table.measured)]
    for name, printed in zip(table.measured.values(), papers, strict=False):
        ours = [spread([h[-1][name] for h in histories])] if histories else []
        line.append(" ".join([*ours, *([f"({printed:.2f})"] if printed else [])]))
    first = next(iter(table.columns))
    best = [max(epoch[first] for epoch in history) for history in histories]
    return [*line, spread(best) if best else ""]
