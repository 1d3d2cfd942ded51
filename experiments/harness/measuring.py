"""The evaluations of the last network of a run, each kept in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
import fcntl
import json
import pathlib
from typing import Any

import jax

from adrjax import train
from experiments.harness.evaluation import Evaluation, Splits
from experiments.harness.identity import describe
from experiments.harness.run import Run

FOLDER = "evaluations"  # of a run


def path(directory: pathlib.Path, name: str) -> pathlib.Path:
    """Returns the file of an evaluation of a run."""
    return directory / FOLDER / f"{name}.json"


def changed(run: Run, directory: pathlib.Path) -> list[str]:
    """Returns the evaluations at every record that a run was trained without."""
    starts = train.read_provenance(directory)

    def is_recorded(name: str, evaluation: Evaluation) -> bool:
        described = describe(evaluation)
        return all(x.get("evaluations", {}).get(name) == described for x in starts)

    recorded = {k: x for k, x in run.recipe.evaluations.items() if not x.at_end}
    return [name for name, x in recorded.items() if not is_recorded(name, x)]


def missing(run: Run, without: Sequence[str]) -> dict[str, Evaluation]:
    """Returns the evaluations whose numbers are not in the records of a run.

    Args:
        run: The run.
        without: The evaluations at every record that it was trained without.
    """
    return {
        name: evaluation
        for name, evaluation in run.recipe.evaluations.items()
        if evaluation.at_end or name in without
    }


def measured(
    evaluations: Mapping[str, Evaluation],
    directory: pathlib.Path,
    network: Callable[[], train.Network],
    splits: Splits,
) -> dict[str, float]:
    """Returns the numbers of evaluations, read where the same one has been made.

    Args:
        evaluations: The evaluations by name.
        directory: The directory of the run.
        network: Reads its last network.
        splits: Its images.
    """
    numbers = {}
    with _locked(directory / FOLDER) if evaluations else contextlib.nullcontext():
        for name, evaluation in evaluations.items():
            file, described = path(directory, name), describe(evaluation)
            found = _read_json(file)
            if found.get("evaluation") != described:
                found = {
                    "evaluation": described,
                    "numbers": evaluation(network(), splits),
                }
                if jax.process_index() == 0:
                    draft = file.with_suffix(".tmp")
                    draft.write_text(json.dumps(found, indent=1), "utf-8")
                    draft.replace(file)
            numbers |= {f"{name}/{key}": x for key, x in found["numbers"].items()}
    return numbers


@contextlib.contextmanager
def _locked(folder: pathlib.Path) -> Iterator[None]:
    """Waits until no other process measures the same run; makes the folder."""
    folder.mkdir(exist_ok=True)
    if jax.process_count() > 1:  # which measure together
        yield
        return
    with (folder / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_json(file: pathlib.Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):  # not there, or cut off
        return {}
