"""The variables of a trained model, from the directory of its run alone."""

from collections.abc import Sequence
import functools
import os
import pathlib
from typing import Any, Literal, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from adrjax.train import _reader
from adrjax.train._errors import CheckpointError, MissingRunError
from adrjax.train._workarounds import quiet_orbax


class Restored(NamedTuple):
    """The variables of a model in a checkpoint.

    Attributes:
        variables: `{"params": ..., "batch_stats": ...}`, for `model.apply`.
        step: The step of the checkpoint.
    """

    variables: dict[str, Any]
    step: int


def restore_variables(
    run: str | os.PathLike[str],
    model: nn.Module,
    shape: Sequence[int],
    *,
    which: Literal["last", "best"] | int = "last",
) -> Restored:
    """Returns the variables of a trained model; changes nothing on the disk.

    The optimizer, the loss and the number of devices of the run do not matter. If the
    run kept a moving average of the parameters, it is returned in their place, as the
    run evaluated it.

    Args:
        run: The directory of the run, the `directory` of `fit`.
        model: The model that was trained.
        shape: The shape of one image as the network gets it, without the batch.
        which: `"last"`: the latest checkpoint, or the one before if it is damaged.
            `"best"`: the one with the best metric, `Task.best`; if it is of the test
            images, the choice was made on them. An integer: the checkpoint of a step.

    Returns:
        The variables on the default device, and their step.

    Raises:
        MissingRunError: If there is no checkpoint.
        CheckpointError: If there is no such checkpoint, or it is damaged.
        MismatchError: If the checkpoint is of another model.
    """
    directory = pathlib.Path(run).absolute() / "checkpoints"
    steps = _reader.steps_in(directory)
    if not steps:
        raise MissingRunError(
            f"{run} has no checkpoint: give the directory of one run, which has "
            "config.json and checkpoints/, after its first epoch"
        )
    candidates = _candidates(directory, steps, which)
    others = [step for step in steps if step not in candidates]
    with quiet_orbax():
        found = _reader.read_first(directory, candidates, advice=_listed(others))
    leaves = _below("params", found.leaves) | _below("batch_stats", found.leaves)
    average = _below("ema", found.leaves)
    leaves |= {f"params{name.removeprefix('ema')}": x for name, x in average.items()}
    init = functools.partial(model.init, train=False)
    like = jax.eval_shape(init, jax.random.key(0), jnp.zeros((1, *shape)))
    like = {name: like.get(name, {}) for name in ("params", "batch_stats")}
    path = directory / str(found.step)
    return Restored(_reader.unflatten(path, leaves, like), found.step)


def _candidates(
    directory: pathlib.Path, steps: Sequence[int], which: str | int
) -> list[int]:
    """Returns the steps to try, the first one first."""
    if which == "last":
        return sorted(steps, reverse=True)
    if which == "best":
        best = _reader.best_step(steps, _reader.scores_in(directory))
        chosen, wanted = best, "with a known metric"
    else:
        chosen, wanted = which, f"of step {which}"
    found = [step for step in steps if step == chosen]
    if not found:
        raise CheckpointError(
            f"{directory} has no checkpoint {wanted}; {_listed(steps)}"
        )
    return found


def _below(collection: str, leaves: _reader.Leaves) -> dict[str, np.ndarray]:
    return {name: x for name, x in leaves.items() if name.startswith(f"{collection}/")}


def _listed(steps: Sequence[int]) -> str:
    if not steps:
        return "there is no other"
    return f"there are checkpoints of steps {', '.join(map(str, steps))}"
