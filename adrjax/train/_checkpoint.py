"""Checkpoints on disk."""

import os
import pathlib
import shutil
import sys
import tempfile
from typing import Any
import zlib

import jax
import numpy as np
import orbax.checkpoint as ocp

from adrjax.train import _orbax
from adrjax.train._errors import CheckpointError
from adrjax.train._processes import is_first, meet
from adrjax.train._state import TrainState

_MARGIN = 16 << 20  # bytes to leave free beside 1.1 times the state


class Checkpoints:
    """The checkpoints of a run: always the two latest and the best.

    A checkpoint is written in the background and appears whole or not at all; it holds
    a checksum, so that a damaged one is noticed. It can be restored on another number
    of devices. Use it in a `with` statement, whose end waits for what is being written.

    Args:
        directory: Where the checkpoints are or will be.
    """

    def __init__(self, directory: str | os.PathLike):
        self.directory = pathlib.Path(directory).absolute()
        self._accuracies: dict[int, float] = {}
        self._unreadable: list[int] = []
        self._needed = 0  # bytes for the checkpoint that is saved
        _orbax.silence()
        self._manager = _orbax.manager(self.directory, self._accuracies)
        for step in self.steps:
            self._read_accuracy(step)

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.wait()
        finally:
            self._manager.close()
            _orbax.unsilence()

    @property
    def steps(self) -> list[int]:
        """The steps there is a checkpoint of, the latest last."""
        return sorted(self._manager.all_steps())

    @property
    def best(self) -> int | None:
        """The step of the highest accuracy, or None if none is known."""
        return _orbax.best(self.steps, self._accuracies)

    def path(self, step: int) -> pathlib.Path:
        """Returns the directory of the checkpoint of a step."""
        return self.directory / str(step)

    def save(
        self, step: int, state: TrainState, *, accuracy: float | None = None
    ) -> None:
        """Starts to save a state, once the one before it is saved.

        Args:
            step: The step of the state; if it is saved already, nothing happens.
            state: What to save.
            accuracy: What chooses the best checkpoint, if it is known.

        Raises:
            CheckpointError: If the disk has no room for it, or the checkpoint before
                could not be written.
            ValueError: If the state is not finite.
        """
        self.wait()
        self._set_aside_unreadable()
        if step in self.steps:
            return
        if state.totals.bad_step >= 0:
            raise ValueError(
                f"the state of step {step} is not finite since step "
                f"{state.totals.bad_step} and must not be saved"
            )
        size = sum(x.nbytes for x in jax.tree.leaves(state))
        self._needed = int(1.1 * size) + _MARGIN
        if shutil.disk_usage(self.directory).free < self._needed:
            raise self._no_room()
        facts = {"checksum": _checksum(state), "accuracy": accuracy}
        if accuracy is not None:
            self._accuracies[step] = accuracy
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
            CheckpointError: If the checkpoint is damaged or of another state.
        """
        wanted = ocp.args.Composite(
            state=ocp.args.StandardRestore(abstract_state), facts=ocp.args.JsonRestore()
        )
        try:
            found: Any = self._manager.restore(step, args=wanted)
            is_whole = _checksum(found.state) == found.facts["checksum"]
            reason = "the checksum does not fit"
        except Exception as error:
            is_whole, reason = False, _orbax.reason(error)
        if not is_whole:
            _orbax.collect()
            raise CheckpointError(f"{self.path(step)}: {reason}")
        return found.state

    def restore_latest(self, abstract_state: TrainState) -> TrainState | None:
        """Returns the latest state that can be read; changes nothing on the disk.

        Args:
            abstract_state: Shapes, dtypes and shardings of the state, as
                `jax.ShapeDtypeStruct`.

        Returns:
            The state, or None if there is no checkpoint.

        Raises:
            CheckpointError: If there are checkpoints and none can be read.
        """
        errors = {}
        for step in reversed(self.steps):
            try:
                state = self.restore(step, abstract_state)
            except CheckpointError as error:
                errors[step] = error
                continue
            if errors:
                print(
                    f"Warning: went back to the checkpoint of step {step}, because",
                    *(f"  {error}" for error in errors.values()),
                    sep="\n",
                    file=sys.stderr,
                )
            self._unreadable = list(errors)
            return state
        if errors:
            reasons = "\n".join(f"  {error}" for error in errors.values())
            raise CheckpointError(
                f"no checkpoint in {self.directory} can be read:\n{reasons}\n"
                "They were left as they are. Delete that directory to start from the "
                "first step, or choose another --workdir."
            )
        return None

    def _read_accuracy(self, step: int) -> None:
        wanted = ocp.args.Composite(facts=ocp.args.JsonRestore())
        try:
            found: Any = self._manager.restore(step, args=wanted)
            accuracy = found.facts["accuracy"]
        except Exception:  # damaged: restoring its state will tell
            return
        if accuracy is not None:
            self._accuracies[step] = accuracy

    def _set_aside_unreadable(self) -> None:
        for step in self._unreadable if is_first() else ():
            aside = tempfile.mkdtemp(prefix=f"{step}.unreadable-", dir=self.directory)
            self.path(step).rename(aside)
        for step in self._unreadable:
            self._accuracies.pop(step, None)
        if self._unreadable:
            meet("unreadable checkpoints are set aside")
            self._unreadable = []
            self._manager.reload()

    def _not_saved(self, error: Exception) -> CheckpointError:
        reason = _orbax.reason(error)
        if "No space left on device" in reason:
            return self._no_room()
        return CheckpointError(
            f"cannot write a checkpoint in {self.directory}: {reason}. "
            f"{self.what_stands()}"
        )

    def _no_room(self) -> CheckpointError:
        free = shutil.disk_usage(self.directory).free
        return CheckpointError(
            f"no room for a checkpoint in {self.directory}: it needs "
            f"{self._needed / 1e6:,.1f} MB, {free / 1e6:,.1f} MB are free. Make room. "
            f"{self.what_stands()}"
        )

    def what_stands(self) -> str:
        """Returns from where the same command would go on, in a sentence."""
        if not self.steps:
            return "There is no checkpoint yet: the same command starts again."
        return (
            f"The checkpoint of step {self.steps[-1]} stands: the same command goes on "
            "from there."
        )


def _checksum(state: TrainState) -> int:
    checksum = 0
    for leaf in jax.tree.leaves(state):
        if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        checksum = zlib.crc32(np.asarray(leaf).tobytes(), checksum)
    return checksum
