"""The one reader of checkpoints, for training and for everything after it."""

from collections.abc import Iterable, Mapping, Sequence
import functools
import json
import pathlib
import sys
from typing import Any, NamedTuple, TypeVar
import zlib

from etils import epath
import jax
import numpy as np
import orbax.checkpoint as ocp

from adrjax.train import _workarounds
from adrjax.train._errors import CheckpointError, MismatchError

_SHOWN = 5  # differing arrays in an error

Leaves = Mapping[str, np.ndarray]  # by path, "params/head/kernel", in the saved order
Tree = TypeVar("Tree")


class Found(NamedTuple):
    """A checkpoint that was read.

    Attributes:
        step: Its step.
        leaves: Its arrays by path.
        damaged: The later steps whose checkpoints could not be read.
    """

    step: int
    leaves: Leaves
    damaged: list[int]


def steps_in(directory: pathlib.Path) -> list[int]:
    """Returns the steps of the checkpoints in a directory, the latest last."""
    return sorted(int(x.name) for x in directory.glob("*") if x.name.isdecimal())


def scores_in(directory: pathlib.Path) -> dict[int, float]:
    """Returns the score of each checkpoint that has a readable one, by step."""
    found = {}
    for step in steps_in(directory):
        try:
            score = _facts(directory / str(step))["score"]
        except Exception:  # damaged: reading its arrays will say so
            continue
        if score is not None:
            found[step] = score
    return found


def best_step(steps: Sequence[int], scores: Mapping[int, float]) -> int | None:
    """Returns the step of the highest score, the first of several; or None."""
    known = [step for step in steps if step in scores]
    return max(known, key=lambda step: scores[step], default=None)


def read(path: pathlib.Path) -> Leaves:
    """Returns the arrays of a checkpoint.

    Args:
        path: The directory of the checkpoint.

    Raises:
        CheckpointError: If it is damaged.
    """
    try:
        # This file has the leaves in the order of the state that was saved, which the
        # checksum was computed in.
        text = (path / "state" / "_METADATA").read_text("utf-8")
        saved = json.loads(text)["tree_metadata"].values()
        tree, leaves = _restored(path / "state"), {}
        for leaf in saved:
            keys = [key["key"] for key in leaf["key_metadata"]]
            value = functools.reduce(_child, keys, tree)
            if isinstance(value, np.ndarray):  # not an empty container
                leaves["/".join(keys)] = value
        is_intact = checksum(leaves.values()) == _facts(path)["checksum"]
        reason = "the checksum does not match"
    except Exception as error:  # a damaged file raises almost anything
        leaves, is_intact, reason = {}, False, root_cause(error)
    if not is_intact:
        _workarounds.collect_failed_restore()
        raise CheckpointError(f"{path}: {reason}")
    return leaves


def read_first(
    directory: pathlib.Path, candidates: Sequence[int], *, advice: str
) -> Found:
    """Returns the first of several checkpoints that can be read.

    A warning names those that cannot.

    Args:
        directory: The directory of the checkpoints.
        candidates: Their steps, at least one.
        advice: The end of the error message.

    Raises:
        CheckpointError: If none can be read.
    """
    errors = {}
    for step in candidates:
        try:
            leaves = read(directory / str(step))
        except CheckpointError as error:
            errors[step] = f"  {error}"
            continue
        if errors:
            warning = f"Warning: went back to the checkpoint of step {step}, because"
            print(warning, *errors.values(), sep="\n", file=sys.stderr)
        return Found(step, leaves, list(errors))
    reasons = "\n".join(errors.values())
    raise CheckpointError(
        f"no checkpoint in {directory} can be read:\n{reasons}\n{advice}"
    )


def unflatten(path: pathlib.Path, leaves: Leaves, like: Tree) -> Tree:
    """Returns arrays by path as a tree.

    Args:
        path: The directory of their checkpoint.
        leaves: The arrays.
        like: The tree, with a `jax.ShapeDtypeStruct` for each array.

    Raises:
        MismatchError: If a path, a shape or a dtype differs.
    """
    wanted = {_name(keys): x for keys, x in jax.tree.leaves_with_path(like)}
    _check_same(path, leaves, {name: _stored(x) for name, x in wanted.items()})
    return jax.tree.map_with_path(lambda keys, x: _put(leaves[_name(keys)], x), like)


def checksum(leaves: Iterable[Any]) -> int:
    """Returns a CRC-32 of the bytes of arrays."""
    crc = 0
    for leaf in leaves:
        if _is_key(leaf):
            leaf = jax.random.key_data(leaf)
        crc = zlib.crc32(np.asarray(leaf).tobytes(), crc)
    return crc


def root_cause(error: BaseException) -> str:
    """Returns the message of the first error of a chain, on one short line."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    return text if len(text) <= 500 else f"{text[:200]} ... {text[-300:]}"


def _facts(path: pathlib.Path) -> dict[str, Any]:
    return json.loads((path / "facts" / "metadata").read_text("utf-8"))


def _restored(path: pathlib.Path) -> Any:
    """Returns the saved state as nested dicts and lists of NumPy arrays."""
    handler, directory = ocp.PyTreeCheckpointHandler(), epath.Path(path)
    as_numpy = ocp.RestoreArgs(restore_type=np.ndarray)
    restore_args = jax.tree.map(lambda _: as_numpy, handler.metadata(directory).tree)
    return handler.restore(
        directory, args=ocp.args.PyTreeRestore(restore_args=restore_args)
    )


def _child(node: Any, name: str) -> Any:
    return node[int(name) if isinstance(node, list | tuple) else name]


def _name(keys: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(keys, simple=True, separator="/")


def _is_key(x: Any) -> bool:
    return jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key)


def _stored(x: Any) -> jax.ShapeDtypeStruct:
    """Returns shape and dtype of an array on disk, where a key is its data."""
    return jax.eval_shape(jax.random.key_data, x) if _is_key(x) else x


def _put(leaf: np.ndarray, like: jax.ShapeDtypeStruct) -> jax.Array:
    if like.sharding is None:
        return jax.numpy.asarray(leaf)
    # A copy for each device: on a CPU an array may share the memory of NumPy's, and
    # the step writes into the memory of its state.
    x = jax.make_array_from_callback(
        leaf.shape, like.sharding, lambda index: leaf[index].copy()
    )
    return jax.random.wrap_key_data(x) if _is_key(like) else x


def _check_same(
    path: pathlib.Path, leaves: Leaves, wanted: Mapping[str, jax.ShapeDtypeStruct]
) -> None:
    """Raises a MismatchError unless paths, shapes and dtypes are the same."""
    there = {name: f"{x.dtype}{[*x.shape]}" for name, x in leaves.items()}
    here = {name: f"{x.dtype}{[*x.shape]}" for name, x in wanted.items()}
    names = [x for x in {**here, **there} if there.get(x) != here.get(x)]
    names.sort(key=lambda name: not (name in there and name in here))
    if not names:
        return
    lines = "".join(
        f"  {name}: {there.get(name, 'none')} there, {here.get(name, 'none')} here\n"
        for name in names[:_SHOWN]
    )
    more = f"  and {len(names) - _SHOWN} more\n" if len(names) > _SHOWN else ""
    raise MismatchError(
        f"{path} is intact, but not of this model, optimizer and loss, or of images of "
        f"another shape:\n{lines}{more}Use those it was saved with, or choose another "
        "directory."
    )
