"""A trained row of a page, and what it makes of images."""

from collections.abc import Mapping
import dataclasses
import importlib
import json
import pathlib
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import data, train
from experiments.rows import Row, describe
from experiments.table import Table
from experiments.training import in_bfloat16


@dataclasses.dataclass(frozen=True)
class Trained:
    """A row of a page with the variables of one of its runs.

    Attributes:
        run: The directory of the run.
        config: Its config.json.
        table: The page.
        row: The row of the page.
        variables: `{"params": ..., "batch_stats": ...}`.
        step: After how many steps they were so.
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
        """Returns what metrics.jsonl has of this step; nothing, amid an epoch."""
        lines = (self.run / "metrics.jsonl").read_text().splitlines()
        records = {record["step"]: record for record in map(json.loads, lines)}
        return records.get(self.step, {})


class Predictions(NamedTuple):
    """What a network makes of every image of a split.

    Attributes:
        features: The input of the head, float32 `[n, num_features]`.
        logits: float32 `[n, num_classes]`.
        labels: int32 `[n]`.
    """

    features: np.ndarray
    logits: np.ndarray
    labels: np.ndarray

    @property
    def classes(self) -> np.ndarray:
        """The likeliest class of each, `[n]`."""
        return self.logits.argmax(-1)

    @property
    def confidences(self) -> np.ndarray:
        """The probability of that class, `[n]`."""
        return np.asarray(jax.nn.softmax(self.logits)).max(-1)


def load(run: pathlib.Path, checkpoint: Literal["last", "best"] | int) -> Trained:
    """Returns the row that a directory is a run of, with its variables.

    Args:
        run: The directory.
        checkpoint: Which one, as for `train.restore_variables`.

    Returns:
        The row and its variables.

    Raises:
        FileNotFoundError: If it is not the directory of a run, or has no checkpoint.
        ValueError: If no page has the row, or has it otherwise than it was trained.
        CheckpointError: If there is no such checkpoint, or it is damaged.
    """
    config = _config(run)
    table, row = _row(config, run)
    recipe = row.recipe
    if config["bfloat16"]:
        recipe = dataclasses.replace(recipe, model=in_bfloat16(recipe.model))
        row = dataclasses.replace(row, recipe=recipe)
    _check_same(config, row, run)
    if recipe.dataset.shape is None:
        raise ValueError(f"{run}: images of {recipe.dataset.name} are of several sizes")
    restored = train.restore_variables(
        run, recipe.model, recipe.dataset.shape, which=checkpoint
    )
    return Trained(run, config, table, row, restored.variables, restored.step)


def predict(trained: Trained, split: data.Split, *, batch_size: int) -> Predictions:
    """Returns what the network makes of a split, on one device.

    Args:
        trained: The network. Images are normalised as those it was trained on.
        split: The images and their labels.
        batch_size: Images at once.

    Returns:
        Features and logits of all of them, in their order.
    """
    recipe = trained.row.recipe

    @jax.jit
    def outputs_of(variables, images):
        images = recipe.dataset.normalize(images)
        outputs: Any = recipe.model.apply(variables, images, train=False)
        pair = outputs.features, outputs.logits
        return jax.tree.map(lambda x: x.astype(jnp.float32), pair)

    parts = []
    for batch, num_real in data.eval_batches(split, batch_size=batch_size, devices=1):
        outputs = jax.device_get(outputs_of(trained.variables, batch.images[0]))
        parts.append([x[:num_real] for x in outputs])
    features, logits = map(np.concatenate, zip(*parts, strict=True))
    return Predictions(features, logits, np.asarray(split.labels))


def _config(run: pathlib.Path) -> dict[str, Any]:
    file = run / "config.json"
    if file.is_file():
        return json.loads(file.read_text())
    below = sorted(str(path.parent) for path in run.glob("*/**/config.json"))
    runs = "\n".join(["It holds those of the runs", *below[:8]]) if below else ""
    raise FileNotFoundError(
        f"{run} has no config.json, so it is not the directory of a run. {runs}"
    )


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
        raise ValueError(
            f"{run} is of the page {page!r}, and there is no table {module}; "
            "train.restore_variables takes any model"
        ) from None
    for row in table.rows:
        if isinstance(row, Row) and row.name == name:
            return table, row
    raise ValueError(f"{run} is of the row {name!r}, which {module} does not have")


def _check_same(config: Mapping[str, Any], row: Row, run: pathlib.Path) -> None:
    now = json.loads(json.dumps(describe(row.recipe)))
    changed = [key for key, value in now.items() if config.get(key) != value]
    if changed:
        lines = "\n".join(
            f"  {key}: {config.get(key)!r} then, {now[key]!r} now" for key in changed
        )
        raise ValueError(
            f"{run} is a run of {row.name!r} as the page had it before:\n{lines}\n"
            "Check out the revision that it was trained with."
        )
