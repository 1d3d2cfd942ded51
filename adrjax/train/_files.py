"""The text files of a run directory: how they are written and read."""

from collections.abc import Mapping
import json
import os
import pathlib
from typing import Any

from adrjax.train._errors import WorkdirError

Folder = str | os.PathLike[str]


def read_config(workdir: Folder) -> dict[str, Any]:
    """Returns config.json of a run directory: what distinguishes the run from others.

    Args:
        workdir: The directory of one run.

    Raises:
        FileNotFoundError: If there is no such file.
        WorkdirError: If the file is damaged.
    """
    file = pathlib.Path(workdir) / "config.json"
    config = _parsed(file)
    if not isinstance(config, dict):
        raise _damaged(file, "it is not a JSON object")
    return config


def read_history(workdir: Folder) -> list[dict[str, Any]]:
    """Returns the records of metrics.jsonl.

    A last line that was cut off is skipped: its steps will be run again.

    Args:
        workdir: The directory of one run.

    Returns:
        The records; none if there is no such file.

    Raises:
        WorkdirError: If a line is damaged.
    """
    file = pathlib.Path(workdir) / "metrics.jsonl"
    if not file.exists():
        return []
    *lines, _ = file.read_text("utf-8", errors="replace").split("\n")
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("step"), int):
            raise _damaged(file, f"line {number} is not a record")
        records.append(record)
    return records


def read_provenance(workdir: Folder) -> list[dict[str, Any]]:
    """Returns provenance.json of a run directory, one entry for each start.

    Args:
        workdir: The directory of one run.

    Returns:
        The entries; none if there is no such file.

    Raises:
        WorkdirError: If the file is damaged.
    """
    file = pathlib.Path(workdir) / "provenance.json"
    if not file.exists():
        return []
    starts = _parsed(file)
    if not isinstance(starts, list):
        raise _damaged(file, "it is not a JSON array")
    return starts


def json_bytes(value: Mapping[str, Any] | list[Any]) -> bytes:
    """Returns a value as indented JSON."""
    return f"{json.dumps(value, indent=2)}\n".encode()


def draft(path: pathlib.Path) -> pathlib.Path:
    """Returns where `write` puts the bytes before it renames the file."""
    return path.with_name(f"{path.name}.tmp")


def write(path: pathlib.Path, content: bytes) -> None:
    """Writes a file that is either complete or not there."""
    with draft(path).open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft(path).replace(path)


def _parsed(file: pathlib.Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8", errors="replace"))
    except json.JSONDecodeError as error:
        raise _damaged(file, f"it is not valid JSON ({error})") from None


def _damaged(file: pathlib.Path, reason: str) -> WorkdirError:
    return WorkdirError(
        f"{file} is damaged: {reason}. Restore the file, or choose another directory."
    )
