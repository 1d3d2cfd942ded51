"""Checkpoints of a run: saved by orbax, read by `_reader`."""

from collections.abc import Iterable, Mapping
import contextlib
import functools
import os
import pathlib
import shutil
import tempfile

import jax
import orbax.checkpoint as ocp

from adrjax.train import _reader
from adrjax.train._errors import CheckpointError
from adrjax.train._processes import barrier, is_first
from adrjax.train._state import TrainState
from adrjax.train._workarounds import PreserveBest, quiet_orbax

_policies = ocp.checkpoint_managers.preservation_policy
_HEADROOM = 16 << 20  # bytes to leave free beside 1.1 times the state


class Checkpoints:
    """The checkpoints of a run: the two latest, the best and some others are kept.

    A checkpoint is written in the background and appears complete or not at all. It
    has a checksum, which detects damage. It can be restored on another number of
    devices. Use this class in a `with` statement, whose end waits for the last write.

    Args:
        directory: The directory of the checkpoints.
        keep: The steps whose checkpoints are always kept.
    """

    def __init__(self, directory: str | os.PathLike[str], *, keep: Iterable[int] = ()):
        self.directory = pathlib.Path(directory).absolute()
        self._scores = _reader.scores_in(self.directory)
        self._damaged: list[int] = []
        self._needed = 0  # bytes for the checkpoint that is being saved
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(quiet_orbax())
        self._manager = _manager(self.directory, self._scores, keep)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.wait()
        finally:
            self._manager.close()
            self._stack.close()

    @property
    def steps(self) -> list[int]:
        """The steps of the checkpoints, the latest last."""
        return sorted(self._manager.all_steps())

    @property
    def best(self) -> int | None:
        """The step of the highest score, or None if none is known."""
        return _reader.best_step(self.steps, self._scores)

    def path(self, step: int) -> pathlib.Path:
        """Returns the directory of the checkpoint of a step."""
        return self.directory / str(step)

    def save(self, step: int, state: TrainState, *, score: float | None = None) -> None:
        """Starts saving a state, after the state before it is saved.

        Args:
            step: The step of the state; if it is saved already, nothing happens.
            state: The state.
            score: The number whose highest value makes a checkpoint the best, if known.

        Raises:
            CheckpointError: If the disk has no room for it, or the checkpoint before
                could not be written.
            ValueError: If the state is not finite.
        """
        self.wait()
        self._set_aside_damaged()
        if step in self.steps:
            return
        if state.totals.bad_step >= 0:
            raise ValueError(
                f"the state of step {step} must be finite to be saved, and it is not "
                f"since step {state.totals.bad_step}"
            )
        size = sum(x.nbytes for x in jax.tree.leaves(state))
        self._needed = int(1.1 * size) + _HEADROOM
        if shutil.disk_usage(self.directory).free < self._needed:
            raise self._no_room()
        checksum = _reader.checksum(jax.tree.leaves(state))
        facts = {"checksum": checksum, "score": score}
        if score is not None:
            self._scores[step] = score
        try:
            self._manager.save(
                step,
                args=ocp.args.Composite(
                    state=ocp.args.StandardSave(state), facts=ocp.args.JsonSave(facts)
                ),
            )
        except Exception as error:
            raise self._not_saved(error) from None

    def wait(self) -> None:
        """Waits until everything is saved.

        Raises:
            CheckpointError: If something could not be written.
        """
        try:
            self._manager.wait_until_finished()
        except Exception as error:
            raise self._not_saved(error) from None

    def restore(self, step: int, abstract_state: TrainState) -> TrainState:
        """Returns the state of a step.

        Args:
            step: One of `steps`.
            abstract_state: Shapes, dtypes and shardings of the state, as
                `jax.ShapeDtypeStruct`.

        Returns:
            The state, on the devices of the shardings.

        Raises:
            CheckpointError: If the checkpoint is damaged.
            MismatchError: If it is of another model, optimizer or loss.
        """
        leaves = _reader.read(self.path(step))
        return _reader.unflatten(self.path(step), leaves, abstract_state)

    def restore_latest(self, abstract_state: TrainState) -> TrainState | None:
        """Returns the latest state that can be read; changes nothing on the disk.

        Args:
            abstract_state: Shapes, dtypes and shardings of the state, as
                `jax.ShapeDtypeStruct`.

        Returns:
            The state, or None if there is no checkpoint.

        Raises:
            CheckpointError: If there are checkpoints and none can be read.
            MismatchError: If the latest is of another model, optimizer or loss.
        """
        if not self.steps:
            return None
        found = _reader.read_first(
            self.directory,
            self.steps[::-1],
            advice="They were left as they are. Delete that directory to start from "
            "the first step, or choose another directory.",
        )
        state = _reader.unflatten(self.path(found.step), found.leaves, abstract_state)
        self._damaged = found.damaged
        return state

    def resume_hint(self) -> str:
        """Returns a sentence on where the same command would continue."""
        if not self.steps:
            return "There is no checkpoint yet: the same command starts again."
        return (
            f"The checkpoint of step {self.steps[-1]} is intact: the same command "
            "continues from there."
        )

    def _set_aside_damaged(self) -> None:
        for step in self._damaged if is_first() else ():
            aside = tempfile.mkdtemp(prefix=f"{step}.unreadable-", dir=self.directory)
            self.path(step).rename(aside)
        for step in self._damaged:
            self._scores.pop(step, None)
        if self._damaged:
            barrier("damaged checkpoints are set aside")
            self._damaged = []
            self._manager.reload()

    def _not_saved(self, error: Exception) -> CheckpointError:
        reason = _reader.root_cause(error)
        if "No space left on device" in reason:
            return self._no_room()
        return CheckpointError(
            f"cannot write a checkpoint in {self.directory}: {reason}. "
            f"{self.resume_hint()}"
        )

    def _no_room(self) -> CheckpointError:
        free = shutil.disk_usage(self.directory).free
        return CheckpointError(
            f"no room for a checkpoint in {self.directory}: it needs "
            f"{self._needed / 1e6:,.1f} MB, {free / 1e6:,.1f} MB are free. Make room. "
            f"{self.resume_hint()}"
        )


def _manager(
    directory: pathlib.Path, scores: Mapping[int, float], keep: Iterable[int]
) -> ocp.CheckpointManager:
    """Returns a manager that keeps the two latest checkpoints, the best and `keep`."""
    best = PreserveBest(functools.partial(_reader.best_step, scores=scores))
    chosen = _policies.CustomSteps([*keep])
    policy = _policies.AnyPreservationPolicy([_policies.LatestN(2), best, chosen])
    options = ocp.CheckpointManagerOptions(
        preservation_policy=policy,
        cleanup_tmp_directories=True,
        lightweight_initialize=True,
    )
    return ocp.CheckpointManager(directory, options=options)
