"""The variables of a trained model, from the directory of its run alone."""

from collections.abc import Iterator, Mapping, Sequence
import functools
import json
import os
import pathlib
import sys
from typing import Any, Literal, NamedTuple

from etils import epath
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp

from adrjax.train import _orbax
from adrjax.train._checkpoint import _checksum
from adrjax.train._errors import CheckpointError, WorkdirError

_SHOWN = 5  # variables that differ, in an error


class Restored(NamedTuple):
    """What a checkpoint holds of a model.

    Attributes:
        variables: `{"params": ..., "batch_stats": ...}`, for `model.apply`.
        step: The step of the checkpoint.
    """

    variables: dict[str, Any]
    step: int


def restore_variables(
    run: str | os.PathLike,
    model: nn.Module,
    shape: Sequence[int],
    *,
    which: Literal["last", "best"] | int = "last",
) -> Restored:
    """Returns the variables of a trained model; changes nothing on the disk.

    The optimizer, the loss and the devices of the run do not matter. Where it kept a
    moving average of the parameters, that stands in for them, as in its evaluation.

    Args:
        run: The directory of the run, the `workdir` of `fit`.
        model: The model that was trained.
        shape: The shape of one image, `(height, width, channels)`.
        which: The last checkpoint, or the one before where it is damaged; the best, of
            the highest metric on the test images, chosen on them; or that of a step.

    Returns:
        The variables on the default device, and their step.

    Raises:
        FileNotFoundError: If there is no checkpoint.
        CheckpointError: If there is no such checkpoint, or it is damaged.
        WorkdirError: If the checkpoint is of another model.
    """
    folder = pathlib.Path(run).absolute() / "checkpoints"
    steps = sorted(int(x.name) for x in folder.glob("*") if x.name.isdecimal())
    if not steps:
        raise FileNotFoundError(
            f"{run} has no checkpoint: give the directory of one run, where "
            "config.json and checkpoints/ lie, after its first epoch"
        )
    _orbax.silence()
    try:
        step, state = _state(folder, steps, _candidates(folder, steps, which))
    finally:
        _orbax.unsilence()
    variables = {
        "params": state["params"] if state["ema"] is None else state["ema"],
        "batch_stats": state["batch_stats"],
    }
    _check_same(folder / str(step), variables, model, shape)
    return Restored(jax.tree.map(jnp.asarray, variables), step)


def _state(
    folder: pathlib.Path, steps: Sequence[int], candidates: Sequence[int]
) -> tuple[int, dict[str, Any]]:
    """Returns the first candidate that can be read."""
    errors = []
    for step in candidates:
        try:
            state = _read(folder / str(step))
        except CheckpointError as error:
            errors.append(f"  {error}")
            continue
        if errors:
            news = f"Warning: went back to the checkpoint of step {step}, because"
            print(news, *errors, sep="\n", file=sys.stderr)
        return step, state
    others = [step for step in steps if step not in candidates]
    raise CheckpointError(
        "\n".join(["the checkpoint cannot be read:", *errors, _those(others)])
    )


def _candidates(
    folder: pathlib.Path, steps: Sequence[int], which: str | int
) -> list[int]:
    """Returns the steps to try, the first first."""
    if which == "last":
        return sorted(steps, reverse=True)
    if which == "best":
        accuracies = dict(_accuracies(folder, steps))
        found = [step for step in steps if step == _orbax.best(steps, accuracies)]
        wanted = "of known accuracy"
    else:
        found = [step for step in steps if step == which]
        wanted = f"of step {which}"
    if not found:
        raise CheckpointError(f"{folder} has no checkpoint {wanted}; {_those(steps)}")
    return found


def _those(steps: Sequence[int]) -> str:
    if not steps:
        return "there is no other"
    return f"there are those of steps {', '.join(map(str, steps))}"


def _accuracies(
    folder: pathlib.Path, steps: Sequence[int]
) -> Iterator[tuple[int, float]]:
    for step in steps:
        try:
            accuracy = _facts(folder / str(step))["accuracy"]
        except Exception:  # damaged: it is not known
            continue
        if accuracy is not None:
            yield step, accuracy


def _facts(path: pathlib.Path) -> Mapping[str, Any]:
    return ocp.Checkpointer(ocp.JsonCheckpointHandler()).restore(path / "facts")


def _read(path: pathlib.Path) -> dict[str, Any]:
    """Returns the whole state of a checkpoint as nested dicts and lists of arrays."""
    try:
        state = _arrays(path / "state")
        # The checksum is over the leaves in the order of the state that was saved,
        # which names alone do not give: this file does.
        saved = json.loads((path / "state" / "_METADATA").read_text())["tree_metadata"]
        leaves = [_at(state, leaf["key_metadata"]) for leaf in saved.values()]
        is_whole = _checksum(leaves) == _facts(path)["checksum"]  # type: ignore
        reason = "the checksum does not fit"
    except Exception as error:
        is_whole, reason, state = False, _orbax.reason(error), {}
    if not is_whole:
        _orbax.collect()
        raise CheckpointError(f"{path}: {reason}")
    return state


def _arrays(path: pathlib.Path) -> dict[str, Any]:
    handler = ocp.PyTreeCheckpointHandler()
    numpy = ocp.RestoreArgs(restore_type=np.ndarray)
    as_numpy = jax.tree.map(lambda _: numpy, handler.metadata(epath.Path(path)).tree)
    args = ocp.args.PyTreeRestore(restore_args=as_numpy)
    return handler.restore(epath.Path(path), args=args)


def _at(tree: Any, keys: Sequence[Mapping[str, str]]) -> Any:
    """Returns what these keys, of dicts and lists, lead to."""
    names = (key["key"] for key in keys)
    return functools.reduce(
        lambda node, name: node[int(name) if isinstance(node, list | tuple) else name],
        names,
        tree,
    )


def _check_same(
    path: pathlib.Path, variables: Any, model: nn.Module, shape: Sequence[int]
) -> None:
    """Raises a WorkdirError unless the variables are those of the model."""
    init = functools.partial(model.init, train=False)
    key, image = jax.random.key(0), jnp.zeros((1, *shape))
    there, wanted = _names(variables), _names(jax.eval_shape(init, key, image))
    names = [x for x in {**wanted, **there} if there.get(x) != wanted.get(x)]
    names.sort(key=lambda name: not (name in there and name in wanted))
    if names:
        lines = "".join(
            f"  {name}: {there.get(name, 'none')} there, "
            f"{wanted.get(name, 'none')} in the model\n"
            for name in names[:_SHOWN]
        )
        more = f"  and {len(names) - _SHOWN} more\n" if len(names) > _SHOWN else ""
        raise WorkdirError(
            f"{path} is of another model, or of images of another shape than "
            f"{tuple(shape)}:\n{lines}{more}Give the model that was trained."
        )


def _names(tree: Any) -> dict[str, str]:
    """Returns dtype and shape of each array by its name, `params/head/kernel`."""
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): f"{x.dtype}{[*x.shape]}"
        for path, x in jax.tree.leaves_with_path(tree)
    }
