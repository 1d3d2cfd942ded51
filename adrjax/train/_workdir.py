"""The directory of a run: its files beside the checkpoints."""

from collections.abc import Iterator, Mapping
import contextlib
import fcntl
import io
import json
import os
import pathlib
import sys
from typing import Any

import numpy as np

from adrjax.train import _files
from adrjax.train._errors import WorkdirError
from adrjax.train._processes import barrier, is_first


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
        self._logits = self.path / "test_logits.npz"
        self._provenance = self.path / "provenance.json"
        self._lock = self.path / ".lock"
        self._config, self._accept_changes = dict(config), accept_changes
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkdirError(
                f"{self.path} cannot be made: {error.strerror}. Choose another "
                "--workdir."
            ) from None
        self.check()

    def check(self) -> None:
        """Raises a WorkdirError unless the directory is empty or of this run."""
        if not self._config_file.exists():
            return self._check_empty()
        changes = self._changes()
        if changes and not self._accept_changes:
            lines = "".join(
                f"  {key}: {there!r} there, {here!r} here\n"
                for key, (there, here) in changes.items()
            )
            raise WorkdirError(
                f"{self.path} holds a run of another configuration:\n{lines}"
                "Choose another --workdir, or use the configuration of that run, or "
                "continue from its last checkpoint with this one: --accept-changes."
            )

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other runs out; the system releases the lock if this process dies.

        Writes config.json of a new run.

        Raises:
            WorkdirError: If another run uses the directory.
        """
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkdirError(
                    f"another process is training in {self.path}. Wait until it is "
                    "done, or choose another --workdir."
                ) from None
            self.check()  # of what another process may have written before the lock
            if not self._config_file.exists():
                _files.write(self._config_file, _files.json_bytes(self._config))
            yield

    def is_changed(self) -> bool:
        """Returns whether the run had another configuration before, now accepted."""
        return bool(self._changes())

    def is_finished(self) -> bool:
        """Returns whether there is a file of test logits, of any configuration."""
        return self._logits.exists()

    def accept_config(self) -> None:
        """Writes an accepted configuration, and removes the logits of the old one."""
        if is_first() and self._changes():
            _files.write(self._config_file, _files.json_bytes(self._config))
            self._logits.unlink(missing_ok=True)

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
        """Returns the records of the finished epochs."""
        return _files.read_history(self.path)

    def truncate_history(self, step: int) -> list[dict[str, Any]]:
        """Removes the epochs after a step, and returns those up to it."""
        history = [record for record in self.history() if record["step"] <= step]
        content = "".join(f"{json.dumps(record)}\n" for record in history).encode()
        exists = self._metrics.exists()
        if is_first() and exists and self._metrics.read_bytes() != content:
            _files.write(self._metrics, content)
            self._logits.unlink(missing_ok=True)
        return history

    def append(self, record: Mapping[str, Any]) -> None:
        """Appends the record of a finished epoch to metrics.jsonl."""
        line = json.dumps(record, allow_nan=False)
        if not is_first():
            return
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def write_logits(self, logits: np.ndarray, labels: np.ndarray) -> None:
        """Saves the test logits, which mark a finished run."""
        if not is_first():
            return
        buffer = io.BytesIO()
        np.savez(buffer, logits=logits, labels=labels)
        _files.write(self._logits, buffer.getvalue())

    def logits(self, labels: np.ndarray) -> np.ndarray | None:
        """Returns the saved test logits; None if there are none for these labels.

        So it is None as well if the file is damaged, and the logits can be predicted
        again.
        """
        try:
            with np.load(self._logits, allow_pickle=False) as arrays:
                logits, saved_labels = arrays["logits"], arrays["labels"]
        except Exception:  # a damaged file raises almost anything
            return None
        is_of_labels = np.array_equal(saved_labels, labels)
        return logits if is_of_labels and len(logits) == len(labels) else None

    def _changes(self) -> dict[str, tuple[Any, Any]]:
        """Returns the fields that differ from config.json, as `(there, here)`."""
        try:
            there = _flat(_files.read_config(self.path))
        except WorkdirError as error:
            if not self._accept_changes:
                hint = "To continue with this configuration: --accept-changes."
                raise WorkdirError(f"{error} {hint}") from None
            there = {}
        here = _flat(self._config)
        pairs = {key: (there.get(key), here.get(key)) for key in {**there, **here}}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}

    def _check_empty(self) -> None:
        ours = {_files.draft(self._config_file), self._lock}
        names = sorted(x.name for x in self.path.iterdir() if x not in ours)
        if names:
            raise WorkdirError(
                f"{self.path} has no config.json, so it is not the directory of a run, "
                f"but holds {', '.join(names[:5])}{' ...' if names[5:] else ''}. "
                "Choose another --workdir, or empty it."
            )


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


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns the fields of nested dicts by names like `optimizer.rate`."""
    fields: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            fields |= _flat(value, f"{prefix}{key}.")
        else:
            fields[f"{prefix}{key}"] = value
    return fields
