"""The rows of tables: what is trained, and how."""

from collections.abc import Callable, Sequence
import dataclasses
import functools
import operator
import re
from typing import Any

import flax.linen as nn
import jax
import numpy as np
import optax

import adrjax
from adrjax import data, train


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Everything that decides a training, except the loss.

    Attributes:
        dataset: The data set.
        model: Maps `(images, train=...)` to `Outputs`.
        batch_size: Images a step, over all devices.
        epochs: The number of passes over the training images.
        optimizer: Maps the number of steps to the optimizer.
        noise: Maps `(key, labels)` of the training images to noisy labels and a mask of the wrong
            ones; None for no noise.
        ema_decay: The decay of a moving average of the parameters; None for no average.
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
        name: Its name, in the table and on the command line.
        recipe: How it is trained.
        loss: Maps the output of `of`, and the labels, to the loss of each example; or a mapping
            of several losses by name, which are summed and shown one by one.
        paper: The paper's numbers, in the order of the columns; None where it has none.
        of: Picks what the loss gets from the model's outputs.
        then: The loss of a second update on each batch, if there is one.
        relabelled_by: The row whose network, of the same seed, labels the training images with
            its most probable classes, as in GR's Table 11.
    """

    name: str
    recipe: Recipe
    loss: train.Parts
    paper: Sequence[float | None] = ()
    of: Callable[[adrjax.Outputs], Any] = operator.attrgetter("logits")
    then: train.Parts | None = None
    relabelled_by: "Row | None" = None


@dataclasses.dataclass(frozen=True)
class Quoted:
    """One line of a table that the paper quotes from another paper; it is not run.

    Attributes:
        name: Its name.
        paper: The paper's numbers, in the order of the columns; None where it has none.
    """

    name: str
    paper: Sequence[float | None]


def slug(name: str) -> str:
    """Returns the name in lower-case letters, digits, dots and single dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def on_one_device(loss: train.Parts) -> Callable[[Any, jax.Array], jax.Array]:
    """Returns a loss, summed over its parts, inside a map over the axis `"batch"` of one device.

    A loss of the training step may use that axis: `axis_name="batch"`. This one can be called
    anywhere.
    """
    total = adrjax.add(*train.objective(loss).values())

    def mapped(outputs: Any, labels: jax.Array) -> jax.Array:
        return total.apply(total.init(), outputs, labels)[0]

    def called(outputs: Any, labels: jax.Array) -> jax.Array:
        outputs, labels = jax.tree.map(lambda x: x[None], (outputs, labels))
        return jax.vmap(mapped, axis_name="batch")(outputs, labels)[0]

    return called


def describe(recipe: Recipe) -> dict[str, Any]:
    """Returns what distinguishes a recipe from others, in JSON's types."""
    return {
        "dataset": recipe.dataset.name,
        "augment": _name_of(recipe.dataset.augment),
        "mix": _name_of(recipe.dataset.mix),
        "standardize": _name_of(recipe.dataset.standardize),
        "model": " ".join(repr(recipe.model).split()),
        "noise": _name_of(recipe.noise),
    }


def _name_of(function: Any) -> str | None:
    """Returns the name of a function, with the arguments that `functools.partial` binds."""
    if isinstance(function, functools.partial):
        bound = ", ".join(f"{k}={v!r}" for k, v in function.keywords.items())
        return f"{function.func.__name__}({bound})"
    return None if function is None else function.__name__
