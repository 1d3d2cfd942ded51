"""The report of a table: our numbers beside the paper's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import pathlib
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table as Grid

from experiments.harness.method import Quoted
from experiments.harness.result import Result, mean, metric_of, spread
from experiments.harness.table import Best, Cell, Content, Printed, Table

Results = Mapping[str, Sequence[Result]]  # of each seed, by the identity of the run
CHOICES = ("chosen on the test set", "chosen by {by}", "mean over the grid")


def write(
    table: Table,
    cells: Mapping[tuple[str, str], Content],
    results: Results,
    directory: pathlib.Path,
    title: str,
    *,
    in_full: bool = True,
) -> tuple[Grid, str]:
    """Writes a table to table.md, and every seed of it to table.json.

    Args:
        table: The table.
        cells: Its cells by row and column.
        results: The results of the networks.
        directory: The directory to write to.
        title: The title.
        in_full: Whether the networks are trained as the page says, not reduced.

    Returns:
        The table for the console, and the lines below it.
    """
    header, lines = texts(table, cells, results)
    below = footnote(table, cells, in_full=in_full)
    directory.mkdir(parents=True, exist_ok=True)
    page = f"# {title}\n\n{markdown(header, lines)}\n\n{below}\n"
    (directory / "table.md").write_text(page, "utf-8")
    numbers = _numbers(table, cells, results)
    (directory / "table.json").write_text(json.dumps(numbers, indent=1), "utf-8")

    grid = Grid(*map(escape, header), title=escape(title), title_justify="left")
    for column in grid.columns[1:]:
        column.justify = "right"
    for line in lines:
        grid.add_row(*map(escape, line))
    return grid, below


def texts(
    table: Table, cells: Mapping[tuple[str, str], Content], results: Results
) -> tuple[list[str], list[list[str]]]:
    """Returns the names of the columns, and the lines.

    Rows without a cell or a number of the paper in these columns are left out.
    """
    rows = [*dict.fromkeys(row for row, _ in cells)]
    columns = [*dict.fromkeys(column for _, column in cells)]
    shown = {row for row, column in table.printed if column in columns}
    shown |= {row for (row, _), content in cells.items() if content is not None}
    rows = [row for row in rows if row in shown]
    lines = [x for row in rows for x in _lines(table, row, columns, cells, results)]
    header = ["row", "settings", "seeds", "steps", *_headings(table, columns, cells)]
    kept = [i for i, name in enumerate(header) if i != 1 or any(x[1] for x in lines)]
    return [header[i] for i in kept], [[x[i] for i in kept] for x in lines]


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Returns a table in Markdown, with numbers on the right."""
    all_lines = [header, ["---", *["---:"] * (len(header) - 1)], *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in all_lines)


def footnote(
    table: Table, cells: Mapping[tuple[str, str], Content], *, in_full: bool = True
) -> str:
    """Returns how the numbers are computed, their units, and which are better."""
    lines = ["Mean ± standard deviation over the seeds (n - 1), after the last step."]
    if table.printed:
        lines[0] += " In brackets: the paper's number"
        lines[0] += "" if in_full else ", of networks trained in full"
        quoted = any(printed.is_quoted for printed in table.printed.values())
        lines[0] += ", q if it has it from another paper." if quoted else "."
    kinds: dict[str, set[str]] = {}
    for (_, column), content in cells.items():
        cell = content.of[0] if isinstance(content, Best) else content
        if isinstance(cell, Cell):
            metric = metric_of(cell.run, cell.metric)
            words = [f"in {metric.unit}"] * bool(metric.unit)
            words += [f"{metric.better} is better"] * bool(metric.better)
            if words:
                kinds.setdefault(", ".join(words), set()).add(column)
    names = [*dict.fromkeys(column for _, column in cells)]
    for words, columns in kinds.items():
        listed = ", ".join(name for name in names if name in columns)
        lines.append(f"{listed}: {words}.")
    if any(isinstance(c, Cell) and c.at == "best" for c in cells.values()):
        lines.append(
            "* The best of all records, chosen by this very number for each seed: "
            "optimistic, and shown because papers rarely say which one they print."
        )
    if any(isinstance(content, Best) for content in cells.values()):
        lines.append(
            "The best of a grid is printed as the paper chooses it, on the test set; as "
            "one should choose it, where images are held out; and without a choice. The "
            "first is optimistic."
        )
    return "\n".join([*lines, *table.notes])


def text_of(values: Sequence[float], digits: int) -> str:
    """Returns the mean, and if there are several values the standard deviation."""
    average, deviation = mean(values), spread(values)
    if average and abs(average) < 10.0**-digits:
        return f"{average:.3g}" + ("" if deviation is None else f" ± {deviation:.1g}")
    after = "" if deviation is None else f" ± {deviation:.{digits}f}"
    return f"{average:.{digits}f}{after}"


def values_of(cell: Cell, results: Results) -> list[float]:
    """Returns the number of a cell for each seed."""
    found = results.get(cell.run.identity, ())
    return [getattr(result, cell.at)(cell.metric) for result in found]


def choose(cells: Sequence[Cell], metric: str | None, results: Results) -> Cell:
    """Returns the best cell, by the mean over the seeds of its own or another metric."""

    def score(cell: Cell) -> float:
        name = cell.metric if metric is None else metric
        at = cell.at if metric is None else "last"
        number = mean(values_of(Cell(cell.run, name, at), results))
        return -number if metric_of(cell.run, name).better == "lower" else number

    return max(cells, key=score)


def _headings(
    table: Table, columns: Sequence[str], cells: Mapping[tuple[str, str], Content]
) -> list[str]:
    def is_best(column: str) -> bool:
        found = [content for (_, name), content in cells.items() if name == column]
        return any(isinstance(x, Cell) and x.at == "best" for x in found)

    return [f"{name}*" if is_best(name) else name for name in columns]


def _lines(
    table: Table,
    row: str,
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], Content],
    results: Results,
) -> list[list[str]]:
    contents = {column: cells[row, column] for column in columns}
    grids = [x for x in contents.values() if isinstance(x, Best)]
    if not grids:
        own = [x for x in contents.values() if isinstance(x, Cell)]
        texts = [
            _text(table, row, column, content, results)
            for column, content in contents.items()
        ]
        return [[row, _settings(own), *_counts(own, results), *texts]]
    lines = []
    for i, choice in enumerate(CHOICES):
        if i == 1 and all(grid.by is None for grid in grids):
            continue
        texts = []
        for column, content in contents.items():
            if not isinstance(content, Best):
                texts.append(
                    _text(table, row, column, content, results) if not i else ""
                )
                continue
            texts.append(_grid_text(table, row, column, content, i, results))
        name = f"{row}, {choice.format(by=grids[0].by)}"
        counts = _counts(list(grids[0].of), results)
        lines.append([name, "", *counts, *texts])
    return lines


def _grid_text(
    table: Table, row: str, column: str, grid: Best, choice: int, results: Results
) -> str:
    if not any(results.get(cell.run.identity) for cell in grid.of):
        return ""
    digits = metric_of(grid.of[0].run, grid.of[0].metric).digits
    if choice == 1 and grid.by is None:
        return ""
    if choice == 2:
        values = [mean(values_of(cell, results)) for cell in grid.of]
        return f"{np.mean(values):.{digits}f}"
    cell = choose(grid.of, grid.by if choice else None, results)
    printed = "" if choice else _paper(table.printed.get((row, column)))
    varied = _varied([cell.run.method.printed for cell in grid.of])
    words = " ".join(
        f"{k}={v}" for k, v in cell.run.method.printed.items() if k in varied
    )
    ours = text_of(values_of(cell, results), digits)
    return " ".join(filter(None, [ours, f"[{words}]", printed]))


def _text(
    table: Table, row: str, column: str, content: Content, results: Results
) -> str:
    printed = _paper(table.printed.get((row, column)))
    if isinstance(content, Quoted):
        return printed or "-"
    if not isinstance(content, Cell):
        return printed
    values = values_of(content, results)
    digits = metric_of(content.run, content.metric).digits
    ours = text_of(values, digits) if values else ""
    return " ".join(filter(None, [ours, printed]))


def _paper(printed: Printed | None) -> str:
    if printed is None:
        return ""
    return f"({printed.text} q)" if printed.is_quoted else f"({printed.text})"


def _settings(cells: Sequence[Cell]) -> str:
    """Returns the settings that all cells of a row share."""
    all_of = [cell.run.method.printed for cell in cells]
    if not all_of:
        return ""
    shared = {k: v for k, v in all_of[0].items() if all(x.get(k) == v for x in all_of)}
    return ", ".join(f"{k}={v}" for k, v in shared.items())


def _varied(settings: Sequence[Mapping[str, Any]]) -> set[str]:
    """Returns the names of the settings that differ within a grid."""
    first = settings[0]
    return {k for x in settings for k in {*x, *first} if x.get(k) != first.get(k)}


def _counts(cells: Sequence[Cell], results: Results) -> list[str]:
    """Returns the numbers of seeds and of steps of a row."""
    found = [
        results[cell.run.identity] for cell in cells if results.get(cell.run.identity)
    ]
    if not found:
        return ["", ""]
    seeds = sorted({len(x) for x in found})
    steps = sorted({int(x[0].history[-1]["step"]) for x in found if x[0].history})
    return ["/".join(map(str, seeds)), "/".join(f"{x:,}" for x in steps)]


def _numbers(
    table: Table, cells: Mapping[tuple[str, str], Content], results: Results
) -> dict[str, Any]:
    """Returns every number of the table, with its seeds and its directories."""
    numbers: dict[str, Any] = {}
    for (row, column), content in cells.items():
        printed = table.printed.get((row, column))
        grid = content.of if isinstance(content, Best) else [content]
        numbers.setdefault(row, {})[column] = {
            "paper": None if printed is None else printed.text,
            "runs": [
                {
                    "metric": cell.metric,
                    "at": cell.at,
                    "settings": cell.run.method.printed,
                    "values": values_of(cell, results),
                    "directories": [
                        str(x.directory) for x in results[cell.run.identity]
                    ],
                }
                for cell in grid
                if isinstance(cell, Cell) and results.get(cell.run.identity)
            ],
        }
    return numbers
