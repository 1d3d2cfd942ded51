"""MXNet's RecordIO: whole records, records in parts, and what is none."""

import struct

import numpy as np
import pytest

from adrjax.data.builders._recordio import read_index, read_record

MAGIC = struct.pack("<I", 0xCED7230A)


def part(flag, content):
    """A part of a record: 0 for a whole one, 1, 2 and 3 for first, middle and last."""
    header = MAGIC + struct.pack("<I", flag << 29 | len(content))
    return header + content + bytes(-len(content) % 4)


def record(content):
    """A record; where it holds the magic at a multiple of 4 bytes, it is cut there."""
    pieces, start = [], 0
    for place in range(0, len(content) - 3, 4):
        if content[place : place + 4] == MAGIC:
            pieces.append(content[start:place])
            start = place + 4
    pieces.append(content[start:])
    if len(pieces) == 1:
        return part(0, content)
    flags = [1, *[2] * (len(pieces) - 2), 3]
    return b"".join(map(part, flags, pieces))


def content(data, label=0.0, labels=()):
    numbers = struct.pack(f"<{len(labels)}f", *labels)
    return struct.pack("<IfQQ", len(labels), label, 7, 0) + numbers + data


def written(tmp_path, data):
    path = tmp_path / "train.rec"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", range(5))
def test_read_record_of_one_label(tmp_path, size):
    path = written(tmp_path, record(content(b"x" * size, 3.0)) + record(content(b"y")))
    read = read_record(path, 0)
    assert read.labels.tolist() == [3] and read.data == b"x" * size
    assert not read.has_several
    second = read_record(path, 8 + 24 + size + -size % 4)
    assert second.data == b"y"


def test_read_record_of_several_labels(tmp_path):
    read = read_record(written(tmp_path, record(content(b"xy", labels=(5, 9)))), 0)
    assert read.labels.tolist() == [5, 9] and read.data == b"xy" and read.has_several
    assert read.labels.dtype == np.float32


@pytest.mark.parametrize(
    "data",
    [
        MAGIC,
        MAGIC * 3,
        b"abcd" + MAGIC + b"efgh" + MAGIC + b"i",
        b"a" + MAGIC,  # at no multiple of 4: not cut
    ],
)
def test_read_record_joins_parts_at_the_magic(tmp_path, data):
    path = written(tmp_path, record(content(data)))
    assert path.read_bytes().count(MAGIC) > 1
    assert read_record(path, 0).data == data


def test_read_record_names_an_offset_without_a_record(tmp_path):
    path = written(tmp_path, record(content(b"abcd")))
    for place in (4, 1000):
        with pytest.raises(
            ValueError, match=rf"train\.rec, at byte {place}, does not hold"
        ):
            read_record(path, place)


def test_read_record_refuses_an_offset_within_a_record(tmp_path):
    path = written(tmp_path, part(1, content(b"")) + part(3, b"abcd"))
    with pytest.raises(
        ValueError, match=r"at byte 32, does not hold a record of RecordIO"
    ):
        read_record(path, 32)


def test_read_record_refuses_a_first_part_without_a_last(tmp_path):
    path = written(tmp_path, part(1, content(b"")) + record(content(b"")))
    with pytest.raises(ValueError, match="at byte 0, does not hold a record"):
        read_record(path, 0)


@pytest.mark.parametrize("end", [4, 8, 20, 40])
def test_read_record_names_a_truncated_file(tmp_path, end):
    path = written(tmp_path, record(content(b"abcdefghijkl"))[:end])
    with pytest.raises(
        ValueError, match=r"train\.rec, at byte 0, (is trunc|does not hold)"
    ):
        read_record(path, 0)


def test_read_record_refuses_a_record_without_header(tmp_path):
    with pytest.raises(ValueError, match="without the header of an image"):
        read_record(written(tmp_path, record(b"short")), 0)


def test_read_record_refuses_a_record_without_its_labels(tmp_path):
    path = written(tmp_path, record(content(b"", labels=(1, 2))[:28]))
    with pytest.raises(ValueError, match="without its 2 labels"):
        read_record(path, 0)


def test_read_index(tmp_path):
    path = tmp_path / "train.idx"
    path.write_text("0\t0\n1\t48\n7\t96\n")
    assert read_index(path) == {0: 0, 1: 48, 7: 96}
    path.write_text("0\t0\n1\t4")
    assert read_index(path) == {0: 0, 1: 4}
    path.write_text("0\t0\n1")
    with pytest.raises(ValueError, match=r"train\.idx, line 2, .* offset, got '1'"):
        read_index(path)
