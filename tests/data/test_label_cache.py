"""The labels cached beside the records are used only if they belong to them."""

import os
import shutil

import numpy as np
import pytest

from adrjax import data
from adrjax.data import _records
from tests.data.damage import DAMAGES

DIGITS = data.digits()


@pytest.fixture
def cached(digits_dir, tmp_path):
    """The folder, the cache and the true labels of the training images."""
    shutil.copytree(digits_dir, tmp_path, dirs_exist_ok=True)
    labels = DIGITS.stream("train", tmp_path).labels
    (file,) = tmp_path.rglob("*-train.*.npy")
    return tmp_path, file, labels


def read_labels(folder):
    split = DIGITS.stream("train", folder)
    assert len(split.images) == len(split.labels)
    return split.labels


def test_labels_are_those_of_the_images(cached):
    folder, _, labels = cached
    np.testing.assert_array_equal(labels, DIGITS.read("train", folder).labels)


def test_labels_are_read_once(cached, monkeypatch):
    folder, _, labels = cached
    monkeypatch.setattr(_records, "_read_labels", None)
    np.testing.assert_array_equal(read_labels(folder), labels)


@pytest.mark.parametrize(
    "damage",
    [
        *DAMAGES,
        lambda file: np.save(file, np.load(file)[::-1]),
        lambda file: np.save(file, np.load(file)[2:]),  # without size and time
        lambda file: np.save(file, np.load(file).astype(float)),
    ],
)
def test_a_damaged_cache_is_read_again_and_replaced(cached, damage):
    folder, file, labels = cached
    whole = file.read_bytes()
    damage(file)
    np.testing.assert_array_equal(read_labels(folder), labels)
    assert file.read_bytes() == whole


def test_a_cache_of_other_records_is_replaced(cached):
    folder, file, labels = cached
    status = os.stat(file.with_suffix("").with_suffix(""))
    wrong = np.load(file)
    wrong[2:] = 9 - wrong[2:]
    np.save(file, wrong)
    np.testing.assert_array_equal(read_labels(folder), 9 - labels)  # believed
    records = file.with_suffix("").with_suffix("")
    os.utime(records, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # rewritten
    np.testing.assert_array_equal(read_labels(folder), labels)


def test_a_cache_that_cannot_be_written_is_not_needed(cached, monkeypatch):
    folder, file, labels = cached

    def full(*args):
        raise OSError("No space left on device")

    file.unlink()
    monkeypatch.setattr(np, "save", full)
    np.testing.assert_array_equal(read_labels(folder), labels)
    assert not file.exists() and not [*folder.rglob("*.partial")]
