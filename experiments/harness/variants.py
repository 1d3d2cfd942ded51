"""The variants of a run: reduced, shorter, in bfloat16, smoke."""

from collections.abc import Callable
import dataclasses
import json
import re

import jax.numpy as jnp

from adrjax import heads, train
from experiments.harness.identity import describe
from experiments.harness.options import Options
from experiments.harness.run import Run


def variant_of(options: Options) -> Callable[[Run], Run]:
    """Returns the function that maps a run of a page to the one that options ask for.

    In a smoke run, one of those that differ in numbers only stands for all.
    """
    alike: dict[str, Run] = {}

    def variant(run: Run) -> Run:
        if options.reduced:
            run = reduced(run)
        if options.scale != 1:
            run = scaled(run, options.scale)
        if options.smoke:
            run = smoked(run)
            run = alike.setdefault(_without_numbers(run), run)
        return in_bfloat16(run) if options.bfloat16 else run

    return variant


def changes_of(options: Options) -> list[str]:
    """Returns in words what tells the networks of a page from those of its docstring."""
    words = {
        "reduced": options.reduced,
        f"scale {options.scale:g}": options.scale != 1,
        "bfloat16": options.bfloat16,
    }
    return [word for word, is_so in words.items() if is_so]


def smoked(run: Run) -> Run:
    """Returns a run with the small network that stands for a large one."""
    if run.recipe.smoke is None:
        return run
    return dataclasses.replace(
        run, recipe=dataclasses.replace(run.recipe, model=run.recipe.smoke)
    )


def reduced(run: Run) -> Run:
    """Returns the variant of a run that two CPU cores can run.

    Raises:
        ArgumentError: If there is none.
    """
    if run.recipe.reduced is None:
        raise train.ArgumentError(
            f"{run.recipe.name} has no reduced variant; --smoke checks that it runs"
        )
    return dataclasses.replace(run, recipe=run.recipe.reduced)


def scaled(run: Run, scale: float) -> Run:
    """Returns a run that is shorter by a factor, with its schedule."""
    length = run.recipe.length.scaled(scale)
    return dataclasses.replace(
        run, recipe=dataclasses.replace(run.recipe, length=length)
    )


def in_bfloat16(run: Run) -> Run:
    """Returns a run whose network computes in bfloat16; parameters stay float32.

    Raises:
        ArgumentError: If a part of the network has no precision to set.
    """
    try:
        model = heads.with_dtype(run.recipe.model, jnp.bfloat16)
    except TypeError as error:
        raise train.ArgumentError(f"--bfloat16, {run.recipe.name}: {error}") from None
    return dataclasses.replace(run, recipe=dataclasses.replace(run.recipe, model=model))


def _without_numbers(run: Run) -> str:
    """Returns what distinguishes a run, except for its settings and fractions."""
    method, then = run.method, run.method.then
    described = run.description() | {
        "method": [describe(x.loss) for x in (method, then) if x is not None],
        "evaluations": describe(run.recipe.evaluations),
    }
    return re.sub(r"\d+(\.\d+(e-?\d+)?|e-?\d+)", "x", json.dumps(described))
