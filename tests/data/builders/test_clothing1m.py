"""Clothing1M from its lists."""

import pytest

from adrjax import data
from tests.data.builders.miniature import cut, photo, refused, write

NOISY = {"images/0/00/1,2.jpg": 3, "images/0/01/3,4.jpg": 13, "images/1/00/5.jpg": 0}
CLEAN = {"images/1/00/5.jpg": 4, "images/2/00/6.jpg": 1, "images/2/00/7.jpg": 2}
KEYS = {
    "noisy_train": [*NOISY],
    "clean_train": [*CLEAN][:1],
    "clean_val": [*CLEAN][1:2],
    "clean_test": [*CLEAN][2:],
}


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "clothing1M"
    for i, key in enumerate(NOISY | CLEAN):
        write(folder / key, photo(i, 10 + i))
    for name, keys in KEYS.items():
        write(folder / f"{name}_key_list.txt", "\n".join(keys) + "\n")
    for name, labels in {"noisy": NOISY, "clean": CLEAN}.items():
        lines = [f"{key} {label}\n" for key, label in labels.items()]
        write(folder / f"{name}_label_kv.txt", "".join(lines))
    return folder


@pytest.mark.parametrize(
    "labels, split, keys, label_of",
    [
        ("noisy", "train", "noisy_train", NOISY),
        ("clean", "train", "clean_train", CLEAN),
        ("noisy", "validation", "clean_val", CLEAN),
        ("clean", "test", "clean_test", CLEAN),
    ],
)
def test_clothing1m_reads_the_listed_photos_and_labels(
    files, tmp_path, labels, split, keys, label_of
):
    dataset = data.clothing1m(labels=labels)
    dataset.prepare(tmp_path, files)
    examples = [*dataset.examples(split, tmp_path)]
    assert [example["key"].decode() for example in examples] == KEYS[keys]
    for example in examples:
        key = example["key"].decode()
        assert example["label"] == label_of[key]
        assert example["image"] == (files / key).read_bytes()


@pytest.mark.parametrize("wrong", ["14", "-1", "none", "2.0"])
def test_clothing1m_names_a_label_out_of_range(files, tmp_path, wrong):
    write(files / "noisy_label_kv.txt", f"images/0/00/1,2.jpg {wrong}\n")
    match = rf"noisy_label_kv\.txt must have a label in 0\.\.13 for .*jpg, got {wrong}"
    refused(data.clothing1m(), files, tmp_path, ValueError, match)


def test_clothing1m_names_a_truncated_list(files, tmp_path):
    write(files / "clean_label_kv.txt", "images/1/00/5.jpg")
    match = r"clean_label_kv\.txt, line 1, .*truncated"
    refused(data.clothing1m(), files, tmp_path, ValueError, match)


def test_clothing1m_names_a_missing_or_truncated_photo(files, tmp_path):
    photo_file = files / "images/2/00/6.jpg"
    cut(photo_file)
    match = r"00/6\.jpg is not a readable image"
    refused(data.clothing1m(), files, tmp_path, ValueError, match)
    photo_file.unlink()
    match = r"00/6\.jpg is missing\n.* holds: 7\.jpg"
    refused(data.clothing1m(), files, tmp_path, FileNotFoundError, match)


def test_clothing1m_refuses_an_empty_list(files, tmp_path):
    write(files / "clean_val_key_list.txt", "")
    match = r"clean_val_key_list\.txt must list at least one photo"
    refused(data.clothing1m(), files, tmp_path, ValueError, match)
