"""A trained network of a page, found again from the directory of its run."""

from collections.abc import Iterator, Mapping
import dataclasses
import importlib
import json
import pathlib
from typing import Any, Literal

from adrjax import train
from experiments.harness import Figure, FromRun, Run, Table, measuring
from experiments.harness.options import Options
from experiments.harness.page import Page, chosen_cells
from experiments.harness.result import Result
from experiments.harness.run import Origin
from experiments.harness.runner import Runner, Settings
from experiments.harness.splits import RunSplits
from experiments.harness.table import cells_of
from experiments.harness.variants import variant_of


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained network.

    Attributes:
        directory: The directory of its run.
        config: Its config.json.
        origin: The cell of the page that it was trained for.
        title: The first line of the page's docstring.
        run: What it was trained with.
        splits: The images of the run.
        network: The network.
        step: The step of the checkpoint.
    """

    directory: pathlib.Path
    config: Mapping[str, Any]
    origin: Origin
    title: str
    run: Run
    splits: RunSplits
    network: train.Network
    step: int

    @property
    def page(self) -> str:
        """The name of the page."""
        return self.origin.page.removeprefix("experiments.")

    @property
    def name(self) -> str:
        """The page, the name of the run in it, and the seed."""
        if not self.origin.label:
            return f"{self.page}: {self.run.name}"
        return f"{self.page}: {self.origin.label}, seed {self.run.seed}"

    def record(self) -> dict[str, Any]:
        """Returns the numbers that the training recorded for this step, by name."""
        records = {x["step"]: x for x in train.read_history(self.directory)}
        recorded = records.get(self.step, {})
        if self.step != max(records, default=None):
            return recorded
        for name, evaluation in self.run.recipe.evaluations.items():
            file = measuring.path(self.directory, name)
            if evaluation.at_end and file.exists():
                numbers = json.loads(file.read_text("utf-8"))["numbers"]
                recorded |= {f"{name}/{key}": x for key, x in numbers.items()}
        return recorded


class Reader(Runner):
    """A runner that reads runs and trains none."""

    def result(self, run: Run, origin: Origin | None = None) -> Result:
        """Returns the numbers of a finished run.

        Raises:
            MissingRunError: If it is not finished.
        """
        if not self.finished(run):
            raise train.MissingRunError(
                f"the labels of the training images are those of {run.name}, and "
                f"{self.directory(run)} is not a finished run"
            )
        return super().result(run, origin)


def load(
    directory: pathlib.Path,
    checkpoint: Literal["last", "best"] | int,
    settings: Settings | None = None,
    batch_size: int | None = None,
) -> Trained:
    """Returns the network of a run, with what the page says of it.

    Args:
        directory: The directory of the run.
        checkpoint: Which checkpoint, as for `train.restore_variables`.
        settings: How the network is computed, and where its data is.
        batch_size: Images at once; those of a training step by default.

    Raises:
        MissingRunError: If it is not the directory of a run, or has no checkpoint.
        WorkdirError: If no page has the run, or the page has changed, or a file is
            damaged.
        CheckpointError: If there is no such checkpoint, or it is damaged.
    """
    config, origin = _config(directory), _origin(directory)
    module = _module(origin, directory)
    page = module.PAGE
    options = Options(
        rows=(origin.row,),
        columns=(origin.column,) if origin.column else (),
        reduced=origin.reduced,
        scale=origin.scale,
        bfloat16=origin.bfloat16,
    )
    _check_cell(page, origin, directory)
    run = _same(_runs(page, options), config, origin, directory)
    root = directory.absolute().parents[2]  # the runs that label the images of others
    runner = Reader(root, settings or Settings(), variant=variant_of(options))
    evaluator, shape = runner.evaluator(run, batch_size)
    variables, step = train.restore_variables(
        directory, run.recipe.model, shape, which=checkpoint
    )
    return Trained(
        directory=directory,
        config=config,
        origin=origin,
        title=(module.__doc__ or origin.page).splitlines()[0],
        run=run,
        splits=runner.splits(run),
        network=evaluator.network(variables),
        step=step,
    )


def _config(directory: pathlib.Path) -> dict[str, Any]:
    try:
        return train.read_config(directory)
    except FileNotFoundError:
        below = sorted(str(x.parent) for x in directory.glob("*/**/config.json"))
        runs = "\n".join(["It has the runs", *below[:8]]) if below else ""
        raise train.MissingRunError(
            f"{directory} has no config.json, so it is not the directory of a run. "
            f"{runs}"
        ) from None


def _origin(directory: pathlib.Path) -> Origin:
    """Returns the cell that a run was last started for."""
    for start in reversed(train.read_provenance(directory)):
        if start.get("page"):
            return Origin(**{key: start[key] for key in Origin._fields})
    raise train.WorkdirError(
        f"{directory}/provenance.json does not name a page of the experiments; "
        "train.restore_variables works with any model"
    )


def _module(origin: Origin, directory: pathlib.Path) -> Any:
    try:
        module = importlib.import_module(origin.page)
    except ModuleNotFoundError as error:
        if not origin.page.startswith(error.name or origin.page):
            raise
        module = None
    if not isinstance(getattr(module, "PAGE", None), Table | Figure):
        raise train.WorkdirError(
            f"{directory} is a run of the page {origin.page}, which does not exist; "
            "train.restore_variables works with any model"
        )
    return module


def _check_cell(page: Page, origin: Origin, directory: pathlib.Path) -> None:
    """Raises a WorkdirError if a page has not the row or the column of a run."""
    rows = [*page.rows] if isinstance(page, Table) else [*page.runs()]
    columns = [*page.stands_for] if isinstance(page, Table) else [""]
    for kind, name, names in (
        ("row", origin.row, rows),
        ("column", origin.column, columns),
    ):
        if name not in names:
            raise train.WorkdirError(
                f"{directory} is a run of the {kind} {name!r}, which {origin.page} does "
                "not have"
            )


def _runs(page: Page, options: Options) -> Iterator[Run]:
    """Yields the runs of a cell, and those that they start from or are labelled by."""
    variant = variant_of(options)
    for content in chosen_cells(page, options, variant).values():
        pending = [cell.run for cell in cells_of(content)]
        while pending:
            run = pending.pop(0)
            yield run
            sources = run.recipe.start, run.recipe.data.relabelled_by
            pending += [
                variant(Run(source.recipe, source.method))
                for source in sources
                if isinstance(source, FromRun)
            ]


def _same(
    runs: Iterator[Run],
    config: Mapping[str, Any],
    origin: Origin,
    directory: pathlib.Path,
) -> Run:
    """Returns the run with the description of config.json.

    Raises:
        WorkdirError: If there is none, with the differences from the most similar one.
    """
    then = _flat(config["run"])
    changes: dict[str, tuple[Any, Any]] | None = None
    for run in runs:
        now = _flat(json.loads(json.dumps(run.description())))
        both = {key: (then.get(key), now.get(key)) for key in {**then, **now}}
        found = {key: pair for key, pair in both.items() if pair[0] != pair[1]}
        if not found:
            return run.with_seed(config["seed"])
        if changes is None or len(found) < len(changes):
            changes = found
    if changes is None:
        raise train.WorkdirError(
            f"{directory} is a run of {origin.row!r}, which {origin.page} does not "
            "train any more"
        )
    lines = "\n".join(f"  {k}: {a!r} then, {b!r} now" for k, (a, b) in changes.items())
    raise train.WorkdirError(
        f"{directory} is a run of {origin.row!r} before {origin.page} was changed:\n"
        f"{lines}\nCheck out the revision that it was trained with."
    )


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Returns the fields of nested dicts by names like `model.Classifier.head`."""
    if not isinstance(tree, dict) or not tree:
        return {prefix: tree}
    fields: dict[str, Any] = {}
    for key, value in tree.items():
        fields |= _flat(value, f"{prefix}.{key}" if prefix else key)
    return fields
