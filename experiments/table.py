"""A table of a paper: its rows, how each is trained, and the paper's numbers."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import pathlib
import tempfile
import time

import jax
from rich.console import Console
import tyro

from adrjax import train
from experiments import figure, report
from experiments.columns import Column, TrainColumn
from experiments.command import command_line
from experiments.options import Options
from experiments.rows import Quoted, Row, slug
from experiments.training import Training

Runs = Mapping[str, Sequence[train.Result]]  # of each row, of each seed


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a paper.

    Attributes:
        name: The name of the page's module in `experiments`.
        doc: The page's docstring; its first line is the title.
        needs: Data, hardware and hours, in a few words.
        columns: The test metrics by name; the first chooses the best checkpoint.
        rows: The lines.
        figures: Draws the page's figures into a directory and returns their paths.
        train_columns: The metrics of the training images by name, after the others.

    Raises:
        ValueError: If two rows share a name or a directory, or two columns share a name.
    """

    name: str
    doc: str | None
    needs: str
    columns: Mapping[str, Column]
    rows: Sequence[Row | Quoted]
    figures: Callable[[Runs, pathlib.Path], Sequence[pathlib.Path]] = figure.of_runs
    train_columns: Mapping[str, TrainColumn] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        # The compiled programs are in a directory beside those of the rows.
        slugs = ["compiled", *(slug(row.name) for row in self.rows)]
        for names in (slugs, [*self.columns, *self.train_columns]):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(
                    f"{self.name} has two rows or columns named {twice[0]!r}"
                )

    @property
    def title(self) -> str:
        """The first line of the page's docstring."""
        return (self.doc or self.name).splitlines()[0]

    @property
    def measured(self) -> Mapping[str, str]:
        """The headings of all columns, with their names in metrics.jsonl."""
        of_training = {name: f"train_{name}" for name in self.train_columns}
        return {name: name for name in self.columns} | of_training

    def main(self, args: Sequence[str] | None = None) -> None:
        """Runs the page from the command line."""
        with command_line():
            options = tyro.cli(
                Options,
                prog=f"python -m experiments.{self.name}",
                description=self.doc,
                args=args,
            )
            options.check()
            options.join()
            if not options.smoke:
                self.run(options)
                return
            with tempfile.TemporaryDirectory() as workdir:
                self.run(dataclasses.replace(options, workdir=pathlib.Path(workdir)))

    def run(self, options: Options) -> Runs:
        """Trains what is not trained yet, writes the table and the figures, and prints them."""
        is_first, started = jax.process_index() == 0, time.perf_counter()
        console = _console(quiet=not is_first)
        workdir = options.workdir
        if workdir is None:
            workdir = pathlib.Path("runs") / self.name
        if not options.smoke:
            cache = _cache_programs(workdir / "compiled")
            console.print(f"compiled programs are kept in {cache}", soft_wrap=True)
        rows = self._chosen(options.rows)
        training = Training(self, options, workdir, console)
        runs = {row.name: training.seeds(row) for row in rows if isinstance(row, Row)}
        if not is_first:
            return runs
        workdir.mkdir(parents=True, exist_ok=True)
        grid = report.write(self, rows, runs, workdir)
        paths = self.figures(runs, workdir) if runs else ()
        console.print(grid)
        console.print(report.footnote(self), highlight=False)
        for path in paths:
            console.print(f"drew {path}", soft_wrap=True)
        console.print(f"{time.perf_counter() - started:.0f} seconds")
        if options.smoke:
            console.print("A smoke run: random images, two steps. Nothing was kept.")
        return runs

    def _chosen(self, names: Sequence[str]) -> Sequence[Row | Quoted]:
        """Returns the rows with these names, or if there is none, those that contain them."""
        chosen = set()
        for name in names:
            exact = {row.name for row in self.rows if row.name == name}
            matches = exact or {row.name for row in self.rows if name in row.name}
            if not matches:
                known = "\n".join(f"  {row.name}" for row in self.rows)
                raise train.ArgumentError(
                    f"--rows must be names of rows or parts of them, got {name!r}; the rows of "
                    f"{self.name} are\n{known}"
                )
            chosen |= matches
        return [row for row in self.rows if not names or row.name in chosen]


def _cache_programs(directory: pathlib.Path) -> str:
    """Keeps compiled programs for the next seed, unless a cache is configured already."""
    configured = jax.config.values["jax_compilation_cache_dir"]
    if configured is not None:
        return configured
    jax.config.update("jax_compilation_cache_dir", str(directory.absolute()))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return str(directory.absolute())


def _console(*, quiet: bool) -> Console:
    console = Console(quiet=quiet)
    return console if console.is_terminal else Console(width=120, quiet=quiet)
