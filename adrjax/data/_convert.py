"""From tfrecord files to array_record files, without TensorFlow."""

from collections.abc import Iterator
import json
import pathlib
from typing import Any
import uuid

from adrjax.data import _prepared


def add_array_record(folder: pathlib.Path) -> None:
    """Copies the examples of a prepared data set into array_record files beside them.

    Args:
        folder: The folder of one version. TensorFlow can still read it.

    Raises:
        FileNotFoundError: If a tfrecord file is missing.
        ValueError: If a tfrecord file is truncated.
        OSError: If the copies cannot be written; then none is left.
    """
    info = _prepared.read_info(folder)
    partial = f".{uuid.uuid4().hex}.partial"  # complete files are renamed
    try:
        for split in info["splits"]:
            _copy_split(folder, split, partial)
        info["alternativeFileFormats"] = ["array_record"]
        description = folder / f"dataset_info.json{partial}"
        description.write_text(json.dumps(info, indent=2))
        for copy in [*folder.glob(f"*.array_record-*{partial}")]:
            copy.replace(copy.with_name(copy.name.removesuffix(partial)))
        description.replace(folder / "dataset_info.json")
    finally:
        for copy in [*folder.glob(f"*{partial}")]:
            copy.unlink()


def _copy_split(folder: pathlib.Path, split: dict[str, Any], partial: str) -> None:
    """Copies the files of a split under names that end in `partial`."""
    shards = sorted(folder.glob(f"*-{split['name']}.tfrecord-*"))
    lengths = split["shardLengths"]
    if len(shards) != len(lengths):
        raise FileNotFoundError(
            f"{folder} must have {len(lengths)} files *-{split['name']}.tfrecord-*, "
            f"got {len(shards)}"
        )
    for shard, length in zip(shards, lengths, strict=True):
        name = shard.name.replace(".tfrecord-", ".array_record-")
        _copy(shard, shard.with_name(name + partial), int(length))


def _copy(shard: pathlib.Path, copy: pathlib.Path, length: int) -> None:
    from array_record.python.array_record_module import ArrayRecordWriter

    records = 0
    try:
        writer = ArrayRecordWriter(str(copy), "group_size:1")
        for record in _records(shard):
            writer.write(record)
            records += 1
        writer.close()
    except RuntimeError as error:
        raise OSError(f"{copy} cannot be written: {error}") from error
    if records != length:
        raise ValueError(
            f"{shard} is truncated: it must have {length} records, got {records}"
        )


def _records(shard: pathlib.Path) -> Iterator[bytes]:
    # A record is its length, the checksum of the length, the data and their checksum.
    size = shard.stat().st_size
    with shard.open("rb") as file:
        while header := file.read(12):
            length = int.from_bytes(header[:8], "little")
            if file.tell() + length + 4 > size:
                raise ValueError(f"{shard} is truncated within a record")
            yield file.read(length)
            file.read(4)
