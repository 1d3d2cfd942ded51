"""A figure of a paper, and what the functions that draw get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import pathlib

from experiments.harness.result import Result
from experiments.harness.run import Run
from experiments.harness.runner import Runner


@dataclasses.dataclass(frozen=True)
class Context:
    """What a figure is drawn from.

    Attributes:
        results: The results of each seed, by the name of the run in the figure, or by row
            and column of the table.
        runner: Gives the networks and images of the runs.
        directory: The directory to write to.
        grids: The results of each seed of every network of a `Best`, by row and column.
        is_reduced: Whether the runs are reduced.
        smoke: Whether the runs are of two steps on random images.
    """

    results: Mapping[tuple[str, str], Sequence[Result]]
    runner: Runner
    directory: pathlib.Path
    grids: Mapping[tuple[str, str], Sequence[Sequence[Result]]] = dataclasses.field(
        default_factory=dict
    )
    is_reduced: bool = False
    smoke: bool = False

    def of(self, row: str, column: str | None = None) -> Sequence[Result]:
        """Returns the results of a row, of its first column if none is given."""
        for (name, other), found in self.results.items():
            if name == row and column in (None, other):
                return found
        return ()

    def by_column(
        self, columns: Sequence[str] | None = None
    ) -> dict[str, dict[str, Sequence[Result]]]:
        """Returns the results of each row of a column, without those of a `Best`.

        Args:
            columns: The columns; all by default. One without results is left out.
        """
        found: dict[str, dict[str, Sequence[Result]]] = {}
        for column in self.columns if columns is None else columns:
            for row in self.rows:
                results = self.of(row, column)
                if results and (row, column) not in self.grids:
                    found.setdefault(column, {})[row] = results
        return found

    def say(self, text: str) -> None:
        """Prints text below the table, such as numbers that belong to a figure."""
        self.runner.settings.say(text)

    @property
    def rows(self) -> list[str]:
        """The names of the rows that have results."""
        return [*dict.fromkeys(row for row, _ in self.results)]

    @property
    def columns(self) -> list[str]:
        """The names of the columns that have results."""
        return [*dict.fromkeys(column for _, column in self.results)]


Draw = Callable[[Context], Sequence[pathlib.Path]]


def no_runs() -> Mapping[str, Run]:
    """Returns no runs."""
    return {}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure of a paper.

    Attributes:
        needs: Data and hardware, in a few words.
        full: How long it takes.
        reduced: How long `--reduced` takes; None if there is no reduced variant.
        draw: Draws it and returns the paths.
        runs: Returns the networks that it shows, by name; called when the page runs.
        reduced_runs: Returns those of the reduced variant, with names of `runs`; those of
            `runs` by default.
        seeds: The number of seeds.
        reduced_seeds: That of the reduced variant.
    """

    needs: str
    full: str
    draw: Draw
    reduced: str | None = None
    runs: Callable[[], Mapping[str, Run]] = no_runs
    reduced_runs: Callable[[], Mapping[str, Run]] | None = None
    seeds: int = 1
    reduced_seeds: int = 1
