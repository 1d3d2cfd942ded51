"""One network: a recipe, a method and a seed."""

import dataclasses
import functools
import pathlib
from typing import Any, NamedTuple

from experiments.harness.identity import describe, digest, slug
from experiments.harness.method import Method
from experiments.harness.recipe import FromFile, FromRun, Recipe


class Origin(NamedTuple):
    """The cell of a page that a run is trained for, as provenance.json has it.

    Attributes:
        page: The module of the page.
        row: The row, or the name of the run in a figure.
        column: The column; empty in a figure.
        label: The name of the run in messages; empty for a run that another one starts
            from or is labelled by.
        reduced: Whether the run is reduced.
        scale: The factor that shortens it.
        bfloat16: Whether its network computes in bfloat16.
    """

    page: str
    row: str
    column: str
    label: str
    reduced: bool = False
    scale: float = 1.0
    bfloat16: bool = False


@dataclasses.dataclass(frozen=True)
class Run:
    """One network: all that decides its numbers.

    Attributes:
        recipe: What it is trained with.
        method: What is minimized.
        seed: The seed of parameters, order, augmentation, dropout and noise.
    """

    recipe: Recipe
    method: Method
    seed: int = 0

    def with_seed(self, seed: int) -> "Run":
        """Returns the run with another seed."""
        return dataclasses.replace(self, seed=seed)

    @property
    def name(self) -> str:
        """The name of the run in messages."""
        return f"{self.recipe.name}, {self.method.name}, seed {self.seed}"

    @functools.cached_property
    def identity(self) -> str:
        """What tells it from others, except the seed, in a word."""
        return f"{slug(self.recipe.name)} {digest(self.description())}"

    def description(self) -> dict[str, Any]:
        """Returns what distinguishes it from others, except the seed, in JSON's types.

        Of the evaluations only the name of the best metric is among it, which the
        optimizer gets; the others decide no parameter.
        """
        recipe = self.recipe
        return {
            "data": describe(
                dataclasses.replace(recipe.data, relabelled_by=None), "data"
            ),
            "model": describe(recipe.model, "model"),
            "batch_size": recipe.batch_size,
            "length": describe(recipe.length),
            "evaluate_every": describe(recipe.evaluate_every),
            "optimizer": describe(recipe.optimizer, f"the optimizer of {recipe.name}"),
            "best": recipe.chosen_by,
            "ema_decay": recipe.ema_decay,
            "snapshots": [*recipe.snapshots],
            "start": self._start(),
            "relabelled_by": _of(recipe.data.relabelled_by),
            "method": describe(self.method, f"the loss of {recipe.name}"),
        }

    def directory(self, root: pathlib.Path) -> pathlib.Path:
        """Returns the directory of the run below a root."""
        method = slug(self.method.name)[:60]
        folder = f"{method}-{self.identity.split()[-1]}"
        return root / slug(self.recipe.name) / folder / f"seed{self.seed}"

    def _start(self) -> Any:
        start = self.recipe.start
        if isinstance(start, FromRun):
            return {"run": _of(start)}
        if isinstance(start, FromFile):
            return {"file": start.sha256, "load": describe(start.load)}
        return "scratch"


def _of(start: FromRun | None) -> Any:
    return None if start is None else Run(start.recipe, start.method).description()
