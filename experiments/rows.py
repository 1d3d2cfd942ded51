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
        loss: Maps what `of` picks, and the labels, to the loss of each example; or
            several such by name, which are summed and shown one by one.
        paper: What the paper prints, in the order of the columns; None where nothing.
        of: Picks what the loss sees of the model's outputs.
        then: What a second update on each batch minimizes, if there is one.
        relabelled_by: The row whose network, of the same seed, gives the training
            images their labels: its likeliest classes, as in GR's Table 11.
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
    """One line of a table that the paper quotes from another; it is not run.

    Attributes:
        name: What it is called.
        paper: What the paper prints, in the order of the columns; None where nothing.
    """

    name: str
    paper: Sequence[float | None]


def slug(name: str) -> str:
    """Returns the name in lower-case letters, digits and single dashes."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-")


def describe(recipe: Recipe) -> dict[str, Any]:
    """Returns what tells a recipe from another, of what JSON can hold."""
    return {
        "dataset": recipe.dataset.name,
        "augment": _name_of(recipe.dataset.augment),
        "mix": _name_of(recipe.dataset.mix),
        "standardize": _name_of(recipe.dataset.standardize),
        "model": " ".join(repr(recipe.model).split()),
        "noise": _name_of(recipe.noise),
    }


def _name_of(function: Any) -> str | None:
    """Returns the name of a function, with what `functools.partial` binds of it."""
    if isinstance(function, functools.partial):
        bound = ", ".join(f"{k}={v!r}" for k, v in function.keywords.items())
        return f"{function.func.__name__}({bound})"
    return None if function is None else function.__name__
