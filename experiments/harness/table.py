"""A table of a paper: its cells, and the paper's numbers as it prints them."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
import re
from typing import Any, Literal, NamedTuple

from adrjax import train
from experiments.harness import plots
from experiments.harness.figure import Draw
from experiments.harness.method import Quoted
from experiments.harness.result import metric_of
from experiments.harness.run import Run


@dataclasses.dataclass(frozen=True)
class Cell:
    """One number of one network.

    Attributes:
        run: The network, whatever its seed.
        metric: The metric, `evaluation/number`.
        at: After the last step, or the best of all records, chosen by itself.
    """

    run: Run
    metric: str
    at: Literal["last", "best"] = "last"


@dataclasses.dataclass(frozen=True)
class Best:
    """The best of a grid of networks, as papers choose it and as one should.

    It is printed in three lines: chosen by the printed metric itself; chosen by `by`, if it
    is given; and the mean over the grid, which no choice has improved.

    Attributes:
        of: The cells. `--reduced` leaves out those whose recipe has no reduced variant.
        by: The metric of the honest choice, such as `"held-out/top1"`; None if no images are
            held out.
    """

    of: Sequence[Cell]
    by: str | None = None


class Printed(NamedTuple):
    """A number of the paper.

    Attributes:
        text: As the paper prints it.
        is_quoted: Whether the paper has it from another paper.
    """

    text: str
    is_quoted: bool


Content = Cell | Best | Quoted | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a paper.

    Attributes:
        needs: Data and hardware, in a few words.
        full: How long all of it takes.
        reduced: How long `--reduced` takes; None if there is no reduced variant.
        rows: The names of the rows.
        columns: The names of the columns, or what each stands for by its name.
        cell: Maps the name of a row, and what a column stands for, to the cell. It is called
            when the page runs, not when it is imported.
        paper: The table as the paper prints it: a line of column names, then a line a row,
            with two spaces or more between the cells, `-` where it has none, and the word
            `quoted` at the end of a row that it has from other papers.
        seeds: The number of seeds.
        draw: Draws the figures.
        reduced_rows: The rows of the reduced variant; all by default.
        reduced_columns: Its columns; all by default.
        reduced_seeds: Its number of seeds.
        notes: Lines below the table.
    """

    needs: str
    full: str
    reduced: str | None = None
    rows: Sequence[str]
    columns: Mapping[str, Any] | Sequence[str]
    cell: Callable[[str, Any], Content]
    paper: str = ""
    seeds: int = 3
    draw: Draw = plots.learning_curves
    reduced_rows: Sequence[str] | None = None
    reduced_columns: Sequence[str] | None = None
    reduced_seeds: int = 1
    notes: Sequence[str] = ()

    @property
    def stands_for(self) -> Mapping[str, Any]:
        """What each column stands for, by its name."""
        if isinstance(self.columns, Mapping):
            return self.columns
        return {name: name for name in self.columns}

    @functools.cached_property
    def printed(self) -> Mapping[tuple[str, str], Printed]:
        """The paper's numbers by row and column.

        Raises:
            ValueError: If the paper's table does not fit the rows and columns.
        """
        return parse(self.paper, [*self.rows], [*self.stands_for])

    def cells(
        self, rows: Sequence[str], columns: Sequence[str]
    ) -> dict[tuple[str, str], Content]:
        """Returns the cells of some rows and columns."""
        return {(r, c): self.cell(r, self.stands_for[c]) for r in rows for c in columns}


def cells_of(content: Content) -> Sequence[Cell]:
    """Returns the cells whose networks a cell needs."""
    if isinstance(content, Cell):
        return [content]
    return content.of if isinstance(content, Best) else ()


def check_metrics(content: Content) -> None:
    """Raises an ArgumentError if a network has no metric of its cell."""
    for cell in cells_of(content):
        metric_of(cell.run, cell.metric)
        if isinstance(content, Best) and content.by is not None:
            metric_of(cell.run, content.by)


def parse(
    text: str, rows: Sequence[str], columns: Sequence[str]
) -> dict[tuple[str, str], Printed]:
    """Returns the numbers of a printed table by row and column.

    Raises:
        ValueError: If a row or a column is not of the table or is there twice, or a cell is
            not a number.
    """
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.strip().splitlines()]
    if not text.strip():
        return {}
    header, *body = lines
    if unknown := [name for name in header if name not in columns]:
        raise ValueError(
            f"the columns of the paper's table must be among {columns}, got {unknown}"
        )
    for names in (header, [line[0] for line in body]):
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(
                "the paper's table must have each row and column once, got "
                f"{twice[0]!r} twice"
            )
    found = {}
    for name, *cells in body:
        if name not in rows:
            raise ValueError(
                f"the rows of the paper's table must be among {[*rows]}, got {name!r}"
            )
        is_quoted = cells[-1:] == ["quoted"]
        cells = cells[:-1] if is_quoted else cells
        if len(cells) != len(header):
            raise ValueError(
                f"the row {name!r} of the paper's table must have {len(header)} cells, "
                f"got {cells}"
            )
        for column, cell in zip(header, cells, strict=True):
            if cell == "-":
                continue
            if not re.fullmatch(r"-?\d*\.?\d+(e-?\d+)?(±\d*\.?\d+)?", cell):
                raise ValueError(
                    f"the cell {name!r}, {column!r} of the paper's table must be a "
                    f"number, a number±deviation or -, got {cell!r}"
                )
            found[name, column] = Printed(cell, is_quoted)
    return found


def chosen(names: Sequence[str], wanted: Sequence[str], what: str) -> list[str]:
    """Returns the names that are wanted, or that contain what is wanted; all for none.

    Args:
        names: All names.
        wanted: Names, or parts of names if they are not names.
        what: `"rows"` or `"columns"`.

    Raises:
        ArgumentError: If there is no such name.
    """
    found = set()
    for part in wanted:
        matches = [name for name in names if name == part]
        matches = matches or [name for name in names if part in name]
        if not matches:
            known = "\n".join(f"  {name}" for name in names)
            raise train.ArgumentError(
                f"--{what} must be names of {what} or parts of them, got {part!r}; the "
                f"{what} of this page are\n{known}"
            )
        found |= {*matches}
    return [name for name in names if not wanted or name in found]
