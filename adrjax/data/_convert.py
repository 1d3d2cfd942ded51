"""Random access for what is prepared as tfrecord, with no TensorFlow."""

from collections.abc import Iterator
import json
import pathlib


def add_array_record(folder: pathlib.Path) -> None:
    """Copies the examples of a prepared data set into array_record files beside it.

    Args:
        folder: The folder of one version. It stays readable by TensorFlow.

    Raises:
        FileNotFoundError: If a tfrecord file is missing.
        ValueError: If one is truncated.
        OSError: If the copies cannot be written; none is left then.
    """
    file = folder / "dataset_info.json"
    info = json.loads(file.read_text())
    copies = []
    try:
        for split in info["splits"]:
            shards = sorted(folder.glob(f"*-{split['name']}.tfrecord-*"))
            lengths = split["shardLengths"]
            if len(shards) != len(lengths):
                raise FileNotFoundError(
                    f"{folder} has {len(shards)} files *-{split['name']}.tfrecord-*, "
                    f"wanted {len(lengths)}"
                )
            for shard, length in zip(shards, lengths, strict=True):
                name = shard.name.replace(".tfrecord-", ".array_record-")
                copies.append(shard.with_name(name))
                _copy(shard, copies[-1], int(length))
    except BaseException:
        for copy in copies:
            copy.unlink(missing_ok=True)
        raise
    info["alternativeFileFormats"] = ["array_record"]
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(info, indent=2))
    partial.replace(file)


def _copy(shard, copy, length):
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
            f"{shard} is truncated: wanted {length} records, got {records}"
        )


def _records(shard: pathlib.Path) -> Iterator[bytes]:
    # A tfrecord is its length, the checksum of that, the data and their checksum.
    size = shard.stat().st_size
    with shard.open("rb") as file:
        while header := file.read(12):
            length = int.from_bytes(header[:8], "little")
            if file.tell() + length + 4 > size:
                raise ValueError(f"{shard} is truncated within a record")
            yield file.read(length)
            file.read(4)
