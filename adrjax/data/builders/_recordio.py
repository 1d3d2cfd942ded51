"""RecordIO of MXNet: a `.rec` file of records and an `.idx` file of their offsets."""

import pathlib
import struct
from typing import NamedTuple

import numpy as np

MAGIC = 0xCED7230A
WHOLE, FIRST, MIDDLE, LAST = range(4)  # a record is divided where it holds the magic


class Record(NamedTuple):
    """One record.

    Attributes:
        labels: Its label, or several, `[labels]`.
        has_several: Whether its header states the number of labels.
        data: The bytes after the labels, such as an image.
    """

    labels: np.ndarray
    has_several: bool
    data: bytes


def read_index(path: pathlib.Path) -> dict[int, int]:
    """Reads the offset of each record.

    Args:
        path: The `.idx` file, with a line of a key, a tab and an offset for each
            record.

    Returns:
        The offset in the `.rec` file of each key.

    Raises:
        ValueError: If a line is anything else; the error names the file.
    """
    offsets = {}
    for i, line in enumerate(path.read_text().splitlines()):
        try:
            key, offset = map(int, line.split("\t"))
        except ValueError as error:
            raise ValueError(
                f"{path}, line {i + 1}, must be a key and an offset, got {line!r}; the "
                "file may be truncated"
            ) from error
        offsets[key] = offset
    return offsets


def read_record(path: pathlib.Path, offset: int) -> Record:
    """Reads one record.

    Args:
        path: The `.rec` file.
        offset: The offset of its first byte.

    Raises:
        ValueError: If no record begins there, or it is truncated; the error names the
            file.
    """
    origin = f"{path}, at byte {offset},"
    parts = []
    with path.open("rb") as file:
        file.seek(offset)
        part = FIRST
        while part in (FIRST, MIDDLE):
            header = file.read(8)
            magic, code = struct.unpack("<II", header) if len(header) == 8 else (0, 0)
            part, length = code >> 29, code & (1 << 29) - 1
            begins = part in (WHOLE, FIRST)
            if magic != MAGIC or part > LAST or begins == bool(parts):
                raise ValueError(f"{origin} does not hold a record of RecordIO")
            data = file.read(length)
            if len(data) < length:
                raise ValueError(f"{origin} is truncated in a record of {length} bytes")
            file.seek(-length % 4, 1)
            parts.append(data)
    content = struct.pack("<I", MAGIC).join(parts)
    if len(content) < 24:
        raise ValueError(f"{origin} holds a record without the header of an image")
    number, label, _id, _id2 = struct.unpack("<IfQQ", content[:24])
    if len(content) < 24 + 4 * number:
        raise ValueError(f"{origin} holds a record without its {number} labels")
    if number == 0:
        return Record(np.array([label], np.float32), False, content[24:])
    labels = np.frombuffer(content, "<f4", number, 24)
    return Record(labels, True, content[24 + 4 * number :])
