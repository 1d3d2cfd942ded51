"""The report of a page: our numbers beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import pathlib
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table as Grid

from adrjax import train
from experiments.columns import IN_PER_CENT

if TYPE_CHECKING:
    from experiments.rows import Quoted, Row
    from experiments.table import Table


def write(
    table: Table,
    rows: Sequence[Row | Quoted],
    runs: Mapping[str, Sequence[train.Result]],
    workdir: pathlib.Path,
) -> Grid:
    """Writes a table to table.md, and every seed of it to table.json.

    Args:
        table: The table.
        rows: The chosen rows, quoted ones among them.
        runs: The runs of each row.
        workdir: The directory to write to.

    Returns:
        The table for the console.
    """
    header, lines = _header(table), [_line(table, row, runs) for row in rows]
    markdown = [header, ["---", *["---:"] * (len(header) - 1)], *lines]
    text = "\n".join(f"| {' | '.join(line)} |" for line in markdown)
    (workdir / "table.md").write_text(f"{text}\n\n{footnote(table)}\n", "utf-8")
    seeds = {name: [r.history for r in results] for name, results in runs.items()}
    (workdir / "table.json").write_text(json.dumps(seeds, indent=1), "utf-8")

    grid = Grid(*header, title=table.title, title_justify="left")
    for column in grid.columns[1:]:
        column.justify = "right"
    for line in lines:
        grid.add_row(*line)
    return grid


def footnote(table: Table) -> str:
    """Returns how the numbers are computed, and which are in per cent."""
    columns = {**table.columns, **table.train_columns}
    in_per_cent = [name for name, column in columns.items() if column in IN_PER_CENT]
    units = f" {', '.join(in_per_cent)}: in per cent." if in_per_cent else ""
    return (
        "Mean ± standard deviation over the seeds, after the last epoch, on the test set."
        f"{units}\n* Of the best epoch, chosen on the test set for each seed: an optimistic number, shown "
        "because papers rarely say which one they print."
    )


def spread(values: Sequence[float]) -> str:
    """Returns the mean, and if there are several values the standard deviation (n - 1)."""
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
        theirs = [] if printed is None else [f"({printed:.2f})"]
        line.append(" ".join([*ours, *theirs]))
    first = next(iter(table.columns))
    best = [max(epoch[first] for epoch in history) for history in histories]
    return [*line, spread(best) if best else ""]
