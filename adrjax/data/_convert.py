"""Random access for what is prepared as tfrecord, with no TensorFlow."""

from collections.abc import Iterator
import json
import pathlib
import struct


def add_array_record(folder: pathlib.Path) -> None:
    """Copies the examples of a prepared data set into array_record files beside it.

    Args:
        folder: The folder of one version. It stays readable by TensorFlow.
    """
    from array_record.python.array_record_module import ArrayRecordWriter

    for shard in sorted(folder.glob("*.tfrecord-*")):
        copy = shard.with_name(shard.name.replace(".tfrecord-", ".array_record-"))
        writer = ArrayRecordWriter(str(copy), "group_size:1")
        for record in _records(shard):
            writer.write(record)
        writer.close()
    file = folder / "dataset_info.json"
    info = json.loads(file.read_text())
    info["alternativeFileFormats"] = ["array_record"]
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(info, indent=2))
    partial.replace(file)


def _records(shard: pathlib.Path) -> Iterator[bytes]:
    # A tfrecord is its length, the checksum of that, the data and their checksum.
    with shard.open("rb") as file:
        while header := file.read(12):
            (length,) = struct.unpack("<Q", header[:8])
            yield file.read(length)
            file.read(4)
