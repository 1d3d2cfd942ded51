"""The decoded images kept beside the records are used only if they belong to them."""

import os
import shutil

import numpy as np
import pytest

from adrjax import data
from adrjax.data import _decoded
from tests.data.damage import DAMAGES

DIGITS = data.digits()


@pytest.fixture
def kept(digits_dir, tmp_path):
    """The folder, the file and the images of the training split."""
    shutil.copytree(digits_dir, tmp_path, dirs_exist_ok=True)
    for old in tmp_path.rglob("train.*.npy"):
        old.unlink()
    images = DIGITS.read("train", tmp_path).images
    (file,) = tmp_path.rglob("train.*.npy")
    return tmp_path, file, images


def images_of(folder, split="train", dataset=DIGITS):
    return dataset.read(split, folder).images


def test_images_are_decoded_once(kept, monkeypatch):
    folder, _, images = kept
    monkeypatch.setattr(_decoded, "_decoded", None)
    np.testing.assert_array_equal(images_of(folder), images)


@pytest.mark.parametrize(
    "damage",
    [
        *DAMAGES,
        lambda file: np.save(file, np.load(file).astype(np.int64)),
    ],
)
def test_a_damaged_file_is_replaced(kept, damage):
    folder, file, images = kept
    whole = file.read_bytes()
    damage(file)
    np.testing.assert_array_equal(images_of(folder), images)
    assert file.read_bytes() == whole


def test_images_of_other_records_are_decoded_and_the_old_ones_removed(kept):
    folder, file, images = kept
    np.save(file, 255 - images)
    np.testing.assert_array_equal(images_of(folder), 255 - images)  # believed
    (records,) = file.parent.glob("*-train.array_record-*-of-00001")
    status = os.stat(records)
    os.utime(records, ns=(status.st_atime_ns, status.st_mtime_ns + 1))  # rewritten
    np.testing.assert_array_equal(images_of(folder), images)
    assert not file.exists() and len([*folder.rglob("train.*.npy")]) == 1


def test_parts_and_subsets_have_files_of_their_own(kept):
    folder, _, images = kept
    np.testing.assert_array_equal(images_of(folder, "train[:100]"), images[:100])
    ones = data.only_classes(DIGITS, [1])
    assert len(images_of(folder, dataset=ones)) < len(images)
    np.testing.assert_array_equal(images_of(folder), images)


def test_a_file_that_cannot_be_written_is_not_needed(kept, monkeypatch):
    folder, file, images = kept

    def full(*args):
        raise OSError("No space left on device")

    file.unlink()
    monkeypatch.setattr(np, "save", full)
    np.testing.assert_array_equal(images_of(folder), images)
    assert not file.exists() and not [*folder.rglob("*.partial")]
