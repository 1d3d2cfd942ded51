"""What breaks while preparing or reading is named, leaves nothing and can be redone."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from adrjax import data
from adrjax.data import _convert, _prepared
from tests.data.builders.miniature import cut
from tests.data.test_prepared import tfrecord_dir as tfrecord_dir

# Prepares the digits and is killed, or may write no file beyond 100 kB.
PREPARE = """
import os, resource, signal, sys
from adrjax.data import builders

def examples(self, places):
    for i, (key, example) in enumerate(plain(self, places)):
        if i == 100 and sys.argv[2] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        yield key, example

plain = builders.Digits._generate_examples
builders.Digits._generate_examples = examples
if sys.argv[2] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
builders.prepare(builders.Digits, sys.argv[1])
"""


def prepare(folder, how):
    return subprocess.run(
        [sys.executable, "-c", PREPARE, folder, how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(data.__file__).parents[2])},
    )


def test_a_disk_that_fills_is_named_and_left_as_it_was(tmp_path):
    run = prepare(tmp_path, "full")
    last = run.stderr[run.stderr.rindex("OSError") :]
    assert "digits cannot be written" in last and "File too large" in last
    assert str(tmp_path) in last
    assert not any((tmp_path / "digits").iterdir())
    assert len(data.digits().read("test", tmp_path).labels) == 300


def test_a_process_killed_while_preparing_is_in_nobody_s_way(tmp_path):
    run = prepare(tmp_path, "kill")
    assert run.returncode == -signal.SIGKILL
    assert _prepared.find("digits", tmp_path) is None
    assert len(data.digits().read("test", tmp_path).labels) == 300


@pytest.fixture
def broken(digits_dir, tmp_path):
    shutil.copytree(digits_dir, tmp_path, dirs_exist_ok=True)
    (shard,) = (tmp_path / "digits/1.0.0").glob("*-train.array_record-*-of-00001")
    return shard


def test_a_truncated_file_is_named_before_anything_is_read(broken, tmp_path):
    for _ in range(3):
        cut(broken)
        with pytest.raises(ValueError, match=f"{broken} is truncated: wanted 1497 rec"):
            data.digits().examples("train", tmp_path)
    assert len(data.digits().read("test", tmp_path).labels) == 300


def test_a_missing_file_is_named(broken, tmp_path):
    broken.unlink()
    with pytest.raises(FileNotFoundError, match=f"{broken} is not there"):
        data.digits().read("train", tmp_path)


def test_a_corrupt_file_is_named(broken, tmp_path):
    content = bytearray(broken.read_bytes())
    content[1000:1100] = bytes(100)
    broken.write_bytes(content)
    with pytest.raises(ValueError, match=f"{broken} cannot be read: .*mismatch"):
        data.digits().read("train", tmp_path)


def test_a_truncated_tfrecord_is_named_and_mended_by_a_whole_one(tfrecord_dir):
    folder = _prepared.find("cifar10", tfrecord_dir)
    (shard,) = folder.glob("*-train.tfrecord-*")
    whole = shard.read_bytes()
    record = len(whole) // 8
    for size, how in (
        (-2, "within a rec"),
        (5, "within a rec"),
        (record, ": wanted 8"),
    ):
        shard.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=f"{shard} is truncated ?{how}"):
            _convert.add_array_record(folder)
        assert not any(folder.glob("*.array_record-*"))
    shard.write_bytes(whole)
    _convert.add_array_record(folder)
    assert len(data.cifar10().read("train", tfrecord_dir).labels) == 8


def test_a_split_without_examples(digits_dir):
    with pytest.raises(ValueError, match=r"digits has no example in train\[:0\]"):
        data.digits().read("train[:0]", digits_dir)


def test_an_image_that_cannot_be_decoded_is_named(cifar10_dir, monkeypatch):
    plain = data.Examples._labelled

    def half(self, example):
        example = plain(self, example)
        return example | {"image": example["image"][: 60 * int(example["label"])]}

    monkeypatch.setattr(data.Examples, "_labelled", half)
    with pytest.raises(
        ValueError, match=r"cifar10 has an image in train\[\d\] that can"
    ):
        data.cifar10().read("train", cifar10_dir)
