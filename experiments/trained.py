"""A trained row of a page, and its predictions."""

from collections.abc import Mapping
import dataclasses
import functools
import importlib
import json
import pathlib
from typing import Any, Literal

import jax.numpy as jnp

from adrjax import data, heads, train
from experiments.rows import Row, describe
from experiments.table import Table


@dataclasses.dataclass(frozen=True)
class Trained:
    """A row of a page with the variables of one of its runs.

    Attributes:
        run: The directory of the run.
        config: Its config.json.
        table: The page.
        row: The row of the page.
        variables: `{"params": ..., "batch_stats": ...}`.
        step: The step of the checkpoint.
    """

    run: pathlib.Path
    config: Mapping[str, Any]
    table: Table
    row: Row
    variables: Any
    step: int

    @property
    def name(self) -> str:
        """The page, the row and the seed."""
        return f"{self.table.name}: {self.row.name}, seed {self.config['seed']}"

    def record(self) -> dict[str, Any]:
        """Returns the record of this step in metrics.jsonl; empty within an epoch."""
        records = {x["step"]: x for x in train.read_history(self.run)}
        return records.get(self.step, {})


def load(run: pathlib.Path, checkpoint: Literal["last", "best"] | int) -> Trained:
    """Returns the row that a directory is a run of, with its variables.

    Args:
        run: The directory.
        checkpoint: Which checkpoint, as for `train.restore_variables`.

    Returns:
        The row and its variables.

    Raises:
        MissingRunError: If it is not the directory of a run, or has no checkpoint.
        WorkdirError: If no page has the row, or the row has changed, or a file is damaged.
        CheckpointError: If there is no such checkpoint, or it is damaged.
    """
    config = _config(run)
    table, row = _row(config, run)
    recipe = row.recipe
    if config["bfloat16"]:
        recipe = dataclasses.replace(
            recipe, model=heads.with_dtype(recipe.model, jnp.bfloat16)
        )
        row = dataclasses.replace(row, recipe=recipe)
    _check_same(config, row, run)
    if recipe.dataset.shape is None:
        raise train.WorkdirError(
            f"{run}: the images of {recipe.dataset.name} have several sizes, and evaluation needs one"
        )
    restored = train.restore_variables(
        run, recipe.model, recipe.dataset.shape, which=checkpoint
    )
    return Trained(run, config, table, row, restored.variables, restored.step)


def predict(
    trained: Trained, split: data.Split, *, batch_size: int
) -> train.Predictions:
    """Returns the predictions of a network for a split, with features, by all devices.

    Args:
        trained: The network. Images are normalized as those it was trained on.
        split: The images and labels.
        batch_size: Images at once.
    """
    recipe = trained.row.recipe
    step = functools.partial(
        train.eval_step, model=recipe.model, dataset=recipe.dataset, features=True
    )
    return train.predict(
        train.parallel_eval(step),
        train.replicate(trained.variables),
        split,
        batch_size=batch_size,
    )


def _config(run: pathlib.Path) -> dict[str, Any]:
    try:
        return train.read_config(run)
    except FileNotFoundError:
        below = sorted(str(path.parent) for path in run.glob("*/**/config.json"))
        runs = "\n".join(["It has the runs", *below[:8]]) if below else ""
        raise train.MissingRunError(
            f"{run} has no config.json, so it is not the directory of a run. {runs}"
        ) from None


def _row(config: Mapping[str, Any], run: pathlib.Path) -> tuple[Table, Row]:
    page, name = config.get("page"), config.get("row")
    module = f"experiments.{page}"
    try:
        table = importlib.import_module(module).TABLE
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and not module.startswith(
            error.name or module
        ):
            raise
        raise train.WorkdirError(
            f"{run} is a run of the page {page!r}, and {module} has no table; "
            "train.restore_variables works with any model"
        ) from None
    for row in table.rows:
        if isinstance(row, Row) and row.name == name:
            return table, row
    raise train.WorkdirError(
        f"{run} is a run of the row {name!r}, which {module} does not have"
    )


def _check_same(config: Mapping[str, Any], row: Row, run: pathlib.Path) -> None:
    now = json.loads(json.dumps(describe(row.recipe)))
    changed = [key for key, value in now.items() if config.get(key) != value]
    if changed:
        lines = "\n".join(
            f"  {key}: {config.get(key)!r} then, {now[key]!r} now" for key in changed
        )
        raise train.WorkdirError(
            f"{run} is a run of {row.name!r} before the page was changed:\n{lines}\n"
            "Check out the revision that it was trained with."
        )
