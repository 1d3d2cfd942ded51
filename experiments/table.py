"""A table of a paper: its rows, how each is trained, and what the paper prints."""

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
from experiments.options import Options
from experiments.rows import Quoted, Row
from experiments.training import Training

Runs = Mapping[str, Sequence[train.Result]]  # of each row, of each seed


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a paper.

    Attributes:
        name: That of the page's module within `experiments`.
        doc: The page's docstring; its first line says what is reproduced.
        needs: Data, hardware and hours, in a few words.
        columns: The test metrics, by name; the first chooses the best checkpoint.
        rows: Its lines.
        figures: Draws the page's figures into a directory and returns their paths.
        train_columns: The metrics of the training images, by name, after the others.
    """

    name: str
    doc: str | None
    needs: str
    columns: Mapping[str, Column]
    rows: Sequence[Row | Quoted]
    figures: Callable[[Runs, pathlib.Path], Sequence[pathlib.Path]] = figure.of_runs
    train_columns: Mapping[str, TrainColumn] = dataclasses.field(default_factory=dict)

    @property
    def title(self) -> str:
        """The first line of the page's docstring."""
        return (self.doc or self.name).splitlines()[0]

    @property
    def measured(self) -> Mapping[str, str]:
        """The headings of all columns, and what metrics.jsonl calls them."""
        of_training = {name: f"train_{name}" for name in self.train_columns}
        return {name: name for name in self.columns} | of_training

    def main(self, args: Sequence[str] | None = None) -> None:
        """Runs the page from the command line; what goes wrong is told in a few lines."""
        options = tyro.cli(
            Options,
            prog=f"python -m experiments.{self.name}",
            description=self.doc,
            args=args,
        )
        try:
            options.join()
            if options.smoke:
                with tempfile.TemporaryDirectory() as workdir:
                    self.run(dataclasses.replace(options, workdir=workdir))
            else:
                self.run(options)
        except (
            FileNotFoundError,
            ImportError,
            ValueError,
            train.CheckpointError,
            train.NonFiniteLossError,
        ) as error:
            raise SystemExit(f"{type(error).__name__}: {error}") from None

    def run(self, options: Options) -> Runs:
        """Trains what is not trained yet, prints the table and draws the figures."""
        is_first, started = jax.process_index() == 0, time.perf_counter()
        console = _console(quiet=not is_first)
        workdir = pathlib.Path(options.workdir or pathlib.Path("runs") / self.name)
        if not options.smoke:
            cache = _compile_once(workdir / "compiled")
            console.print(f"compiled programs are kept in {cache}", soft_wrap=True)
        rows = self._chosen(options.rows)
        training = Training(self, options, workdir, console)
        runs = {row.name: training.seeds(row) for row in rows if isinstance(row, Row)}
        if not is_first:
            return runs
        workdir.mkdir(parents=True, exist_ok=True)
        report.write(self, rows, runs, workdir, console)
        for path in self.figures(runs, workdir) if runs else ():
            console.print(f"drew {path}", soft_wrap=True)
        console.print(f"{time.perf_counter() - started:.0f} seconds")
        if options.smoke:
            console.print("A smoke run: random images, two steps. Nothing was kept.")
        return runs

    def _chosen(self, names: Sequence[str]) -> Sequence[Row | Quoted]:
        """Returns the rows of these names, or failing that those that contain them."""
        chosen = set()
        for name in names:
            exact = {row.name for row in self.rows if row.name == name}
            matches = exact or {row.name for row in self.rows if name in row.name}
            if not matches:
                known = "\n".join(f"  {row.name}" for row in self.rows)
                raise SystemExit(
                    f"no row's name contains {name!r}; the rows of {self.name} are\n"
                    f"{known}"
                )
            chosen |= matches
        return [row for row in self.rows if not names or row.name in chosen]


def _compile_once(directory: pathlib.Path) -> str:
    """Keeps what is compiled for the next seed, unless it is kept elsewhere already."""
    kept = jax.config.values["jax_compilation_cache_dir"]
    if kept is None:
        kept = str(directory.absolute())
        jax.config.update("jax_compilation_cache_dir", kept)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return kept


def _console(*, quiet: bool) -> Console:
    console = Console(quiet=quiet)
    return console if console.is_terminal else Console(width=120, quiet=quiet)
