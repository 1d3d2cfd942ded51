"""The directory of a run: its files beside the checkpoints."""

from collections.abc import Iterator, Mapping
import contextlib
import fcntl
import json
import os
import pathlib
import sys
from typing import Any

from adrjax.train import _files
from adrjax.train._errors import InUseError, WorkdirError
from adrjax.train._processes import barrier, is_first

LAYOUT = 2  # of the directory of a run, in config.json
_PROGRAM = "program."  # of the fields with the hash of a step, by versions


class Workdir:
    """The directory of one run, with one configuration.

    Of several processes only the first writes.

    Args:
        path: The directory, made if it does not exist. Nothing else is written until
            the directory is locked.
        config: The configuration, as JSON reads it.
        accept_changes: Whether the run may have had another configuration before.

    Raises:
        WorkdirError: If the directory cannot be made, holds a run of another
            configuration, or holds files but no run.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        config: Mapping[str, Any],
        *,
        accept_changes: bool = False,
    ):
        self.path = pathlib.Path(path)
        self.checkpoints = self.path / "checkpoints"
        self._config_file = self.path / "config.json"
        self._metrics = self.path / "metrics.jsonl"
        self._finished = self.path / "finished.json"
        self._provenance = self.path / "provenance.json"
        self._lock = self.path / ".lock"
        self.config, self._accept_changes = dict(config), accept_changes
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkdirError(
                f"{self.path} cannot be made: {error.strerror}. Choose another "
                "directory."
            ) from None
        self.check()

    def check(self) -> None:
        """Raises a WorkdirError unless the directory is empty or of this run."""
        if not self._config_file.exists():
            return self._check_empty()
        self._check_layout()
        changes = self._changes()
        if changes and not self._accept_changes:
            lines = "".join(
                f"  {key}: {there!r} there, {here!r} here\n"
                for key, (there, here) in changes.items()
                if not key.startswith(_PROGRAM)
            )
            if not lines:
                lines = (
                    "  The program of a training step is another one under the same "
                    "settings: the code of the loss, the network, the optimizer or the "
                    f"augmentation was changed.{self._revision()}\n"
                )
            raise WorkdirError(
                f"{self.path} holds a run of another configuration:\n{lines}"
                "Choose another directory, or use the configuration of that run, or "
                "continue from its last checkpoint with this one: accept_changes=True, "
                "or --accept-changes."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other runs out; the system releases the lock if this process dies.

        Writes config.json of a new run.

        Raises:
            InUseError: If another process uses the directory.
        """
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUseError(
                    f"another process is training in {self.path}. Wait until it is "
                    "done, or choose another directory."
                ) from None
            self.check()  # of what another process may have written before the lock
            if not self._config_file.exists():
                _files.write(self._config_file, _files.json_bytes(self.config))
            yield

    def is_changed(self) -> bool:
        """Returns whether the run had another configuration before, now accepted."""
        return bool(self._changes())

    def last_step(self) -> int | None:
        """Returns the last step of a run that ended and is saved, or None."""
        try:
            return json.loads(self._finished.read_bytes())["step"]
        except (OSError, ValueError, KeyError, TypeError):  # not there, or damaged
            return None

    def finish(self, step: int) -> None:
        """Marks the run as finished."""
        if is_first():
            _files.write(self._finished, _files.json_bytes({"step": step}))

    def accept_config(self) -> None:
        """Writes an accepted configuration, with which the run is not finished."""
        if is_first() and self._changes():
            _files.write(self._config_file, _files.json_bytes(self.config))
            self._finished.unlink(missing_ok=True)

    def record_start(self, facts: Mapping[str, Any]) -> None:
        """Appends an entry to provenance.json; a damaged file is set aside."""
        if not is_first():
            return
        try:
            starts = _files.read_provenance(self.path)
        except WorkdirError as error:
            aside = self._provenance.with_name("provenance.damaged.json")
            self._provenance.replace(aside)
            print(f"Warning: {error} It was renamed to {aside.name}.", file=sys.stderr)
            starts = []
        _files.write(self._provenance, _files.json_bytes([*starts, dict(facts)]))

    def history(self) -> list[dict[str, Any]]:
        """Returns the records that are in metrics.jsonl."""
        return _files.read_history(self.path)

    def truncate_history(self, step: int) -> list[dict[str, Any]]:
        """Removes the records after a step, and returns those up to it."""
        history = [record for record in self.history() if record["step"] <= step]
        content = "".join(f"{json.dumps(record)}\n" for record in history).encode()
        exists = self._metrics.exists()
        if is_first() and exists and self._metrics.read_bytes() != content:
            _files.write(self._metrics, content)
            self._finished.unlink(missing_ok=True)
        return history

    def append(self, record: Mapping[str, Any]) -> None:
        """Appends a record to metrics.jsonl."""
        line = json.dumps(record, allow_nan=False)
        if not is_first():
            return
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def _changes(self) -> dict[str, tuple[Any, Any]]:
        """Returns the fields that differ from config.json, as `(there, here)`."""
        try:
            there = _flat(_files.read_config(self.path))
        except WorkdirError as error:
            if not self._accept_changes:
                hint = (
                    "To continue with this configuration: accept_changes=True, or "
                    "--accept-changes."
                )
                raise WorkdirError(f"{error} {hint}") from None
            there = {}
        here = _flat(self.config)
        pairs = {key: (there.get(key), here.get(key)) for key in {**there, **here}}
        return {
            key: pair
            for key, pair in pairs.items()
            if pair[0] != pair[1] and not _is_of_another_version(key, pair)
        }

    def _check_layout(self) -> None:
        try:
            layout = _files.read_config(self.path).get("layout")
        except WorkdirError:
            return  # damaged, which `_changes` reports
        if layout != LAYOUT:
            raise WorkdirError(
                f"{self.path} was written by a version of adrjax whose runs this one "
                "cannot continue: choose another directory, or move it away."
            )

    def _revision(self) -> str:
        """Returns a sentence on the revision that trained the run, if it is known."""
        try:
            starts = _files.read_provenance(self.path)
            git = starts[-1]["git"]
            changes = " with changes" if git["dirty"] else ""
            return f" It was last started by revision {git['revision']}{changes}."
        except (WorkdirError, LookupError, TypeError):
            return ""

    def _check_empty(self) -> None:
        ours = {_files.draft(self._config_file), self._lock}
        names = sorted(x.name for x in self.path.iterdir() if x not in ours)
        if names:
            raise WorkdirError(
                f"{self.path} has no config.json, so it is not the directory of a run, "
                f"but holds {', '.join(names[:5])}{' ...' if names[5:] else ''}. "
                "Choose another directory, or empty it."
            )


def is_in_use(path: str | os.PathLike[str]) -> bool:
    """Returns whether another process is training in the directory of a run."""
    lock = pathlib.Path(path) / ".lock"
    if not lock.exists():
        return False
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextlib.contextmanager
def open_workdir(
    path: str | os.PathLike[str], config: Mapping[str, Any], *, accept_changes: bool
) -> Iterator[Workdir]:
    """Opens and locks the directory of a run, on the first process before the others.

    Args:
        path: The directory.
        config: The configuration, as JSON reads it.
        accept_changes: Whether the run may have had another configuration before.

    Yields:
        The directory.

    Raises:
        WorkdirError: If it is not the directory of this run, or in use.
    """
    with contextlib.ExitStack() as stack:
        try:
            if is_first():
                run = Workdir(path, config, accept_changes=accept_changes)
                stack.enter_context(run.locked())
        finally:
            barrier("the first process has opened the directory")
        yield Workdir(path, config, accept_changes=accept_changes)


def _is_of_another_version(key: str, pair: tuple[Any, Any]) -> bool:
    """Returns whether a program was made by one of two versions of jax alone."""
    return key.startswith(_PROGRAM) and None in pair


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns the fields of nested dicts by names like `optimizer.rate`."""
    fields: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            fields |= _flat(value, f"{prefix}{key}.")
        else:
            fields[f"{prefix}{key}"] = value
    return fields
