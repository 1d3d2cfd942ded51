"""Random access for what is prepared as tfrecord, with no TensorFlow."""

from collections.abc import Iterator
import json
import pathlib


def add_array_record(folder: pathlib.Path) -> None:
    """Copies the examples of a prepared data set into array_record files beside it.

    Args:
        folder: The folder of one version. It stays readable by TensorFlow.

    Raises:
        ValueError: If a tfrecord file is truncated.
        OSError: If the copies cannot be written; none is left then.
    """
    copies = []
    try:
        for shard in sorted(folder.glob("*.tfrecord-*")):
            name = shard.name.replace(".tfrecord-", ".array_record-")
            copies.append(shard.with_name(name))
            _copy(shard, copies[-1])
    except BaseException:
        for copy in copies:
            copy.unlink(missing_ok=True)
        raise
    file = folder / "dataset_info.json"
    info = json.loads(file.read_text())
    info["alternativeFileFormats"] = ["array_record"]
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(info, indent=2))
    partial.replace(file)


def _copy(shard, copy):
    from array_record.python.array_record_module import ArrayRecordWriter

    try:
        writer = ArrayRecordWriter(str(copy), "group_size:1")
        for record in _records(shard):
            writer.write(record)
        writer.close()
    except RuntimeError as error:
        raise OSError(f"{copy} cannot be written: {error}") from error


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
