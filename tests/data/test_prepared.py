"""A data set that is not prepared: the error says where, and how to prepare it."""

import json
import struct

import pytest
import tensorflow_datasets as tfds

from adrjax import data
from adrjax.data import _prepared


def message(dataset, folder):
    with pytest.raises(FileNotFoundError) as error:
        dataset.read("train", folder)
    return str(error.value)


def test_read_names_a_missing_folder(tmp_path):
    text = message(data.cifar10(), tmp_path / "nowhere")
    assert f"cifar10 is not prepared in {tmp_path}/nowhere" in text
    assert "There is no such folder." in text
    assert f"python -m adrjax.data cifar10 --data-dir {tmp_path}/nowhere" in text
    assert not (tmp_path / "nowhere").exists()


def test_read_names_an_empty_folder(tmp_path):
    text = message(data.cifar100(), tmp_path)
    assert f"{tmp_path} holds: nothing" in text
    assert f"python -m adrjax.data cifar100 --data-dir {tmp_path}" in text


def test_read_lists_a_few_of_the_other_data_sets(tmp_path):
    for name in ("mnist", "cifar100", *map(str, range(20))):
        (tmp_path / name).mkdir()
    text = message(data.cifar10(), tmp_path)
    assert "0, 1, 10" in text and "and 14 more" in text
    assert text.count("\n") < 12


def test_read_shows_an_interrupted_preparation(tmp_path):
    (tmp_path / "cifar10" / "incomplete.ABC_3.0.2").mkdir(parents=True)
    assert "cifar10 holds: incomplete.ABC_3.0.2" in message(data.cifar10(), tmp_path)


def test_the_command_quotes_the_folder(tmp_path):
    text = message(data.cifar10(), tmp_path / "my data")
    assert f"--data-dir '{tmp_path}/my data'" in text


def as_tfrecord(prepared, folder):
    """Writes a prepared CIFAR-10 as tfrecord, without the checksums."""
    old = _prepared.find("cifar10", prepared)
    new = folder / "cifar10" / old.name
    new.mkdir(parents=True)
    (new / "features.json").write_bytes((old / "features.json").read_bytes())
    info = json.loads((old / "dataset_info.json").read_text())
    info["fileFormat"] = "tfrecord"
    (new / "dataset_info.json").write_text(json.dumps(info))
    for split in ("train", "test"):
        records = tfds.data_source(
            "cifar10",
            split=split,
            data_dir=prepared,
            download=False,
            deserialize_method=tfds.decode.DeserializeMethod.RAW_BYTES,
        )
        with (new / f"cifar10-{split}.tfrecord-00000-of-00001").open("wb") as file:
            for record in records:
                file.write(struct.pack("<QI", len(record), 0) + record + bytes(4))


@pytest.fixture
def tfrecord_dir(cifar10_dir, tmp_path):
    as_tfrecord(cifar10_dir, tmp_path)
    return tmp_path


def test_read_says_that_tfrecord_has_no_random_access(tfrecord_dir):
    text = message(data.cifar10(), tfrecord_dir)
    assert "is prepared as tfrecord" in text
    assert f"python -m adrjax.data cifar10 --data-dir {tfrecord_dir}" in text


def test_find_returns_the_newest_version(tmp_path):
    for version in ("3.0.2", "3.0.10", "2.0.0", "3.0.11.bak", "incomplete.X_4.0.0"):
        folder = tmp_path / "cifar10" / version
        folder.mkdir(parents=True)
        (folder / "dataset_info.json").touch()
    (tmp_path / "cifar10" / "5.0.0").mkdir()
    assert _prepared.find("cifar10", tmp_path).name == "3.0.10"
