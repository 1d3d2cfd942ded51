"""The files of a run beside its checkpoints."""

from collections.abc import Iterator, Mapping
import contextlib
import fcntl
import io
import json
import os
import pathlib
from typing import Any

import numpy as np

from adrjax.train._errors import WorkdirError
from adrjax.train._processes import is_first


class Workdir:
    """The directory of one run, of one configuration.

    Of several processes, the first writes; the others must come when it has opened it.

    Args:
        path: The directory; it is made if it is not there.
        config: The configuration, of what JSON can hold.
        accept_changes: Whether a run of another configuration takes this one on.

    Raises:
        WorkdirError: If the directory holds a run of another configuration, or files
            but no run.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        config: Mapping[str, Any],
        *,
        accept_changes: bool = False,
    ):
        self.path = pathlib.Path(path)
        self.checkpoints = self.path / "checkpoints"
        self._config = self.path / "config.json"
        self._metrics = self.path / "metrics.jsonl"
        self._logits = self.path / "test_logits.npz"
        self._provenance = self.path / "provenance.json"
        self._lock = self.path / ".lock"
        self.path.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config, indent=2)
        changes = {}
        if self._config.exists():
            changes = _changes(json.loads(self._config.read_text()), json.loads(text))
        else:
            self._check_empty()
        if changes and not accept_changes:
            raise self._other_configuration(changes)
        if is_first() and (changes or not self._config.exists()):
            _write(self._config, f"{text}\n".encode())
            self._logits.unlink(missing_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other runs out of the directory; the system lets go if this one dies.

        Raises:
            WorkdirError: If another run is there.
        """
        if not is_first():
            yield
            return
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkdirError(
                    f"another process trains in {self.path} at the moment. Wait until "
                    "it is done, or choose another --workdir."
                ) from None
            yield

    def record_start(self, facts: Mapping[str, Any]) -> None:
        """Adds what the run was started with to provenance.json, a list of starts."""
        if not is_first():
            return
        starts = []
        if self._provenance.exists():
            starts = json.loads(self._provenance.read_text())
        _write(self._provenance, json.dumps([*starts, facts], indent=2).encode())

    def history(self) -> list[dict[str, Any]]:
        """Returns the finished epochs, but a line that was cut off."""
        if not self._metrics.exists():
            return []
        lines = self._metrics.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def forget_after(self, step: int) -> list[dict[str, Any]]:
        """Drops what came after a step, and returns the epochs up to it."""
        history = [record for record in self.history() if record["step"] <= step]
        lines = "".join(f"{json.dumps(record)}\n" for record in history)
        if is_first() and self._metrics.exists() and self._metrics.read_text() != lines:
            _write(self._metrics, lines.encode())
            self._logits.unlink(missing_ok=True)
        return history

    def append(self, record: Mapping[str, Any]) -> None:
        """Adds a finished epoch."""
        line = json.dumps(record, allow_nan=False)
        if not is_first():
            return
        with self._metrics.open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def write_logits(self, logits: np.ndarray, labels: np.ndarray) -> None:
        """Saves the test logits, the sign of a finished run."""
        if not is_first():
            return
        buffer = io.BytesIO()
        np.savez(buffer, logits=logits, labels=labels)
        _write(self._logits, buffer.getvalue())

    def logits(self) -> np.ndarray | None:
        """Returns the test logits of a finished run, or None if it is not finished."""
        if not self._logits.exists():
            return None
        with np.load(self._logits) as arrays:
            return arrays["logits"]

    def _other_configuration(self, changes: Mapping[str, tuple]) -> WorkdirError:
        lines = "".join(
            f"  {key}: {there!r} there, {here!r} here\n"
            for key, (there, here) in changes.items()
        )
        return WorkdirError(
            f"{self.path} holds a run of another configuration:\n{lines}"
            "Choose another --workdir, or the configuration that is there, or go on "
            "from its last checkpoint with this one: --accept-changes."
        )

    def _check_empty(self) -> None:
        ours = {_draft(self._config), self._lock}
        names = sorted(x.name for x in self.path.iterdir() if x not in ours)
        if names:
            raise WorkdirError(
                f"{self.path} has no config.json, so it is not the directory of a run, "
                f"but holds {', '.join(names[:5])}{' ...' if names[5:] else ''}. "
                "Choose another --workdir, or empty it."
            )


def _changes(there: Any, here: Any) -> dict[str, tuple[Any, Any]]:
    """Returns the fields that differ, with the value there and here."""
    there, here = _flat(there), _flat(here)
    pairs = {key: (there.get(key), here.get(key)) for key in {**there, **here}}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Returns the fields of nested dicts, by names such as `optimizer.rate`."""
    fields = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            fields |= _flat(value, f"{prefix}{key}.")
        else:
            fields[f"{prefix}{key}"] = value
    return fields


def _draft(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(f"{path.name}.tmp")


def _write(path: pathlib.Path, data: bytes) -> None:
    """Writes a file that is never seen in part."""
    with _draft(path).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _draft(path).replace(path)
