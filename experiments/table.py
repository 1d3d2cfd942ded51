"""A table of a paper: its rows, how each is trained, and what the paper prints."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
import operator
import pathlib
import re
import tempfile
import time
from typing import Annotated, Any, Literal

import flax.linen as nn
import jax
import numpy as np
import optax
from rich.console import Console
import tyro

import adrjax
from adrjax import data, metrics, train
from experiments import figure, report

Metric = Callable[[np.ndarray, np.ndarray], float]  # (logits, labels) -> a number
Runs = Mapping[str, Sequence[train.Result]]  # of each row, of each seed

SMOKE_BATCH = 16


def top1(logits: np.ndarray, labels: np.ndarray) -> float:
    """Returns how many labels are the likeliest class, in per cent."""
    return 100 * float(metrics.top_k(logits, labels).mean())


def top5(logits: np.ndarray, labels: np.ndarray) -> float:
    """Returns how many labels are among the five likeliest classes, in per cent."""
    return 100 * float(metrics.top_k(logits, labels, k=5).mean())


def ece(logits: np.ndarray, labels: np.ndarray) -> float:
    """Returns the expected calibration error of 15 bins, in per cent."""
    probs = jax.nn.softmax(logits)
    return 100 * float(metrics.expected_calibration_error(probs, labels))


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained, but for the loss.

    Attributes:
        dataset: What is classified.
        model: Maps `(images, train=...)` to `Outputs`.
        batch_size: Images a step, over all devices.
        epochs: How many times to go through them.
        optimizer: Maps the number of steps to what updates the parameters.
        noise: Maps `(key, labels)` of the training images to wrong labels and which of
            them are wrong; None leaves them as they are.
        ema_decay: How much the moving average of the parameters keeps of itself a step;
            None: there is none.
    """

    dataset: data.Dataset
    model: nn.Module
    batch_size: int
    epochs: int
    optimizer: Callable[[int], optax.GradientTransformation]
    noise: Callable[[jax.Array, np.ndarray], tuple[Any, Any]] | None = None
    ema_decay: float | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: What it is called, here and on the command line.
        recipe: How it is trained.
        loss: Maps what `of` picks, and the labels, to the loss of each example.
        paper: What the paper prints, in the order of the columns; None where nothing.
        of: Picks what the loss sees of the model's outputs.
    """

    name: str
    recipe: Recipe
    loss: adrjax.StatefulLoss | Callable[[Any, jax.Array], jax.Array]
    paper: Sequence[float | None] = ()
    of: Callable[[adrjax.Outputs], Any] = operator.attrgetter("logits")


@dataclasses.dataclass(frozen=True)
class Quoted:
    """One line of a table that the paper quotes from another; it is not run.

    Attributes:
        name: What it is called.
        paper: What the paper prints, in the order of the columns; None where nothing.
    """

    name: str
    paper: Sequence[float | None]


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line of every page.

    Attributes:
        rows: Run only the rows of these names, or whose names contain them.
        seeds: How many seeds each row is run with.
        epochs: Train so long, not as long as the page says.
        steps: Stop each run after so many steps.
        data_dir: Where prepared data sets are.
        workdir: Where the runs are kept, to be gone on with by the same command.
        smoke: Two steps of each row on random images, to see that it runs. Keeps nothing.
    """

    rows: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    seeds: int = 3
    epochs: int | None = None
    steps: int | None = None
    data_dir: pathlib.Path | None = None
    workdir: pathlib.Path | None = None
    smoke: bool = False


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a paper.

    Attributes:
        name: That of the page's module within `experiments`.
        doc: The page's docstring; its first line says what is reproduced.
        needs: Data, hardware and hours, in a few words.
        columns: The metrics, by name; the first chooses the best checkpoint.
        rows: Its lines.
        figures: Draws the page's figures into a directory and returns their paths.
    """

    name: str
    doc: str | None
    needs: str
    columns: Mapping[str, Metric]
    rows: Sequence[Row | Quoted]
    figures: Callable[[Runs, pathlib.Path], Sequence[pathlib.Path]] = figure.of_runs

    @property
    def title(self) -> str:
        """The first line of the page's docstring."""
        return (self.doc or self.name).splitlines()[0]

    def main(self, args: Sequence[str] | None = None) -> None:
        """Runs the page from the command line; what goes wrong is told in a few lines."""
        options = tyro.cli(
            Options,
            prog=f"python -m experiments.{self.name}",
            description=self.doc,
            args=args,
        )
        try:
            if options.smoke:
                with tempfile.TemporaryDirectory() as workdir:
                    self.run(dataclasses.replace(options, workdir=workdir))
            else:
                self.run(options)
        except (
            FileNotFoundError,
            ValueError,
            train.CheckpointError,
            train.NonFiniteLossError,
        ) as error:
            raise SystemExit(f"{type(error).__name__}: {error}") from None

    def run(self, options: Options) -> Runs:
        """Trains what is not trained yet, prints the table and draws the figures."""
        console, started = _console(), time.perf_counter()
        workdir = pathlib.Path(options.workdir or pathlib.Path("runs") / self.name)
        if not options.smoke:
            _compile_once(workdir / "compiled")
        rows = self._chosen(options.rows)
        read = functools.cache(_random_images if options.smoke else _read)
        runs = {
            row.name: self._run_row(row, read, options, workdir, console)
            for row in rows
            if isinstance(row, Row)
        }
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

    def _run_row(
        self,
        row: Row,
        read: Callable[..., data.Split],
        options: Options,
        workdir: pathlib.Path,
        console: Console,
    ) -> list[train.Result]:
        recipe = row.recipe
        train_split, test_split = (
            read(recipe.dataset, split, options.data_dir) for split in ("train", "test")
        )
        epochs = options.epochs or recipe.epochs
        batch_size = SMOKE_BATCH if options.smoke else recipe.batch_size
        steps_per_epoch = len(train_split.labels) // batch_size
        optimizer = recipe.optimizer(epochs * steps_per_epoch)
        return [
            train.fit(
                model=recipe.model,
                loss=row.loss,
                of=row.of,
                optimizer=optimizer,
                dataset=recipe.dataset,
                train=_with_noise(train_split, row, seed, console),
                test=test_split,
                batch_size=batch_size,
                epochs=epochs,
                seed=seed,
                workdir=workdir / slug(row.name) / f"seed{seed}",
                name=f"{row.name}, seed {seed}",
                config={"page": self.name, "row": row.name, **describe(recipe)},
                evaluate=self._evaluate,
                ema_decay=recipe.ema_decay,
                max_steps=2 if options.smoke else options.steps,
                progress=train.Progress(console=console),
            )
            for seed in range(1 if options.smoke else options.seeds)
        ]

    def _evaluate(self, logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
        return {name: metric(logits, labels) for name, metric in self.columns.items()}


def _compile_once(directory: pathlib.Path) -> None:
    """Keeps what is compiled for the next seed, unless it is kept elsewhere already."""
    if jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(directory.absolute()))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=120)


def slug(name: str) -> str:
    """Returns the name in lower-case letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def describe(recipe: Recipe) -> dict[str, Any]:
    """Returns what tells a recipe from another, of what JSON can hold."""
    return {
        "dataset": recipe.dataset.name,
        "augment": _name_of(recipe.dataset.augment),
        "model": " ".join(repr(recipe.model).split()),
        "noise": _name_of(recipe.noise),
    }


def _name_of(function: Any) -> str | None:
    """Returns the name of a function, with what `functools.partial` binds of it."""
    if isinstance(function, functools.partial):
        bound = ", ".join(f"{k}={v!r}" for k, v in function.keywords.items())
        return f"{function.func.__name__}({bound})"
    return None if function is None else function.__name__


def _with_noise(split: data.Split, row: Row, seed: int, console: Console) -> data.Split:
    if row.recipe.noise is None:
        return split
    noisy, wrong = row.recipe.noise(jax.random.key(seed), np.asarray(split.labels))
    share = 100 * np.mean(wrong)
    console.print(
        f"{row.name}, seed {seed}: {share:.2f} % of the training labels are wrong"
    )
    return split._replace(labels=np.asarray(noisy))


def _read(
    dataset: data.Dataset,
    split: Literal["train", "test"],
    data_dir: pathlib.Path | None,
) -> data.Split:
    return data.upload(dataset.read(split, data_dir))


def _random_images(
    dataset: data.Dataset, split: str, data_dir: pathlib.Path | None
) -> data.Split:
    shape = dataset.shape or (64, 64, 3)
    rng, n = np.random.default_rng(0), 4 * SMOKE_BATCH
    images = rng.integers(256, size=(n, *shape), dtype=np.uint8)
    return data.Split(images, rng.integers(dataset.num_classes, size=n, dtype=np.int32))
