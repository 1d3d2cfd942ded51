"""Damaged and missing files are named, and leave nothing incomplete."""

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
from adrjax import data
from adrjax.data.builders._digits import Digits

def examples(self, places):
    for i, (key, example) in enumerate(plain(self, places)):
        if i == 100 and sys.argv[2] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        yield key, example

plain = Digits._generate_examples
Digits._generate_examples = examples
if sys.argv[2] == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
data.digits().prepare(sys.argv[1])
"""


def prepare(folder, how):
    return subprocess.run(
        [sys.executable, "-c", PREPARE, folder, how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(data.__file__).parents[2])},
    )


@pytest.mark.long
def test_prepare_on_a_full_disk_leaves_nothing(tmp_path):
    run = prepare(tmp_path, "full")
    last = run.stderr[run.stderr.rindex("OSError") :]
    assert "digits cannot be written" in last and "File too large" in last
    assert str(tmp_path) in last
    assert not any((tmp_path / "digits").iterdir())
    assert len(data.digits().read("test", tmp_path).labels) == 300


@pytest.mark.long
def test_prepare_can_be_repeated_after_it_was_killed(tmp_path):
    run = prepare(tmp_path, "kill")
    assert run.returncode == -signal.SIGKILL
    assert _prepared.find("digits", tmp_path) is None
    assert len(data.digits().read("test", tmp_path).labels) == 300


@pytest.fixture
def copied(digits_dir, tmp_path):
    """The file of the training images."""
    shutil.copytree(digits_dir, tmp_path, dirs_exist_ok=True)
    (shard,) = (tmp_path / "digits/1.0.0").glob("*-train.array_record-*-of-00001")
    return shard


def test_examples_name_a_truncated_file(copied, tmp_path):
    for _ in range(3):
        cut(copied)
        with pytest.raises(ValueError, match=f"{copied} is truncated: .* 1497 records"):
            data.digits().examples("train", tmp_path)
    assert len(data.digits().read("test", tmp_path).labels) == 300


def test_read_names_a_missing_file(copied, tmp_path):
    copied.unlink()
    with pytest.raises(FileNotFoundError, match=f"{copied} is missing"):
        data.digits().read("train", tmp_path)


def test_read_names_a_corrupt_file(copied, tmp_path):
    content = bytearray(copied.read_bytes())
    content[1000:1100] = bytes(100)
    copied.write_bytes(content)
    with pytest.raises(ValueError, match=f"{copied} cannot be read: .*mismatch"):
        data.digits().read("train", tmp_path)


@pytest.mark.parametrize("name", ["dataset_info.json", "features.json"])
@pytest.mark.parametrize("content", ["", '{"na', "[]", "{}"])
def test_read_names_a_damaged_description(copied, tmp_path, name, content):
    (copied.parent / name).write_text(content)
    with pytest.raises(ValueError, match=r"digits/1\.0\.0.* is damaged: .*\nRemove"):
        data.digits().read("test", tmp_path)


def test_prepare_names_an_incomplete_folder(copied, tmp_path):
    (copied.parent / "dataset_info.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"info\.json is missing\nRemove its"):
        data.digits().read("test", tmp_path)


def test_add_array_record_names_a_truncated_tfrecord_and_can_be_repeated(tfrecord_dir):
    folder = _prepared.find("cifar10", tfrecord_dir)
    (shard,) = folder.glob("*-train.tfrecord-*")
    whole = shard.read_bytes()
    record = len(whole) // 8
    for size, how in (
        (-2, "within a rec"),
        (5, "within a rec"),
        (record, ": it must have 8"),
    ):
        shard.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=f"{shard} is truncated ?{how}"):
            _convert.add_array_record(folder)
        assert not any(folder.glob("*array_record*"))
    shard.write_bytes(whole)
    _convert.add_array_record(folder)
    assert len(data.cifar10().read("train", tfrecord_dir).labels) == 8
    assert not any(folder.glob("*.partial"))


def test_add_array_record_names_a_missing_tfrecord(tfrecord_dir):
    folder = _prepared.find("cifar10", tfrecord_dir)
    (shard,) = folder.glob("*-test.tfrecord-*")
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=r"must have 1 files \*-test\.tfrecord"):
        _convert.add_array_record(folder)
    assert not any(folder.glob("*array_record*"))


def test_read_refuses_an_empty_split(digits_dir):
    with pytest.raises(ValueError, match=r"digits has no examples in .* train\[:0\]"):
        data.digits().read("train[:0]", digits_dir)


def test_read_names_an_image_that_cannot_be_decoded(cifar10_dir, tmp_path, monkeypatch):
    without_decoded = shutil.ignore_patterns("*.npy")
    shutil.copytree(cifar10_dir, tmp_path / "data", ignore=without_decoded)
    plain = data.Examples._labelled

    def half(self, example):
        example = plain(self, example)
        return example | {"image": example["image"][: 60 * int(example["label"])]}

    monkeypatch.setattr(data.Examples, "_labelled", half)
    with pytest.raises(
        ValueError, match=r"image of cifar10 at train\[\d\] cannot be decoded"
    ):
        data.cifar10().read("train", tmp_path / "data")
