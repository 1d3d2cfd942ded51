"""The command that prepares CIFAR says what it lacks, and mends what it can."""

import importlib.util
import shutil
import urllib.error
import urllib.request

import numpy as np
from PIL import Image
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import (
    NonMatchingChecksumError,
)
from tensorflow_datasets.core.download.extractor import ExtractError

from adrjax import data
from adrjax.data import _prepare
from adrjax.data.__main__ import DATASETS, main
from tests.data.test_prepared import tfrecord_dir as tfrecord_dir


@pytest.fixture
def no_tensorflow(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.fixture
def no_network(monkeypatch):
    def urlopen(request, timeout):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "TensorFlow")


def test_without_tensorflow(tmp_path, no_tensorflow):
    with pytest.raises(SystemExit, match=r"pip install 'adrjax\[tf\]'"):
        main("cifar10", data_dir=tmp_path)
    assert not any(tmp_path.iterdir())


def test_without_network(tmp_path, no_network):
    with pytest.raises(SystemExit) as error:
        main("cifar100", data_dir=tmp_path)
    text = str(error.value)
    assert (
        "No network: https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz" in text
    )
    assert "no route to host" in text
    assert f"cifar100 --data-dir {tmp_path} --manual-dir FOLDER" in text


def test_a_manual_folder_without_the_archive_does_not_help(tmp_path, no_network):
    with pytest.raises(SystemExit, match=r"put it as cifar-10-binary\.tar\.gz"):
        main("cifar10", data_dir=tmp_path, manual_dir=tmp_path)


def test_the_archive_in_the_manual_folder_needs_no_network(tmp_path, no_network):
    (tmp_path / "a.tar.gz").touch()
    url = "https://no.where/files/1"
    _prepare._check_reachable(url, "a.tar.gz", "a", tmp_path, tmp_path)


def test_a_server_that_refuses_to_talk_of_its_files_is_there(monkeypatch, tmp_path):
    def urlopen(request, timeout):
        raise urllib.error.HTTPError(request.full_url, 405, "no HEAD", {}, None)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    url = "https://no.where/files/1"
    _prepare._check_reachable(url, "a.tar.gz", "a", tmp_path, None)


def test_tfrecord_is_converted_without_tensorflow(
    tfrecord_dir, cifar10_dir, no_tensorflow, capsys
):
    main("cifar10", data_dir=tfrecord_dir)
    assert "8 of 50,000 train, 4 of 10,000 test" in capsys.readouterr().out
    for split in ("train", "test"):
        converted = data.cifar10().read(split, tfrecord_dir)
        expected = data.cifar10().read(split, cifar10_dir)
        np.testing.assert_array_equal(converted.images, expected.images)
        np.testing.assert_array_equal(converted.labels, expected.labels)
    assert len([*tfrecord_dir.rglob("*.tfrecord-*")]) == 2


def test_what_is_prepared_stays_as_it_is(cifar10_dir, no_tensorflow):
    before = {f: f.stat().st_mtime_ns for f in cifar10_dir.rglob("*")}
    main("cifar10", data_dir=cifar10_dir)
    assert before == {f: f.stat().st_mtime_ns for f in cifar10_dir.rglob("*")}


def test_digits_are_prepared_on_demand(tmp_path, capsys):
    main("digits", data_dir=tmp_path)
    assert "1,497 train, 300 test" in capsys.readouterr().out
    assert (tmp_path / "digits" / "1.0.0").is_dir()


def test_the_list_says_what_is_prepared_and_how_to_prepare_the_rest(
    cifar10_dir, capsys
):
    main(data_dir=cifar10_dir)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == f"In {cifar10_dir}:"
    rows = {line.split()[0]: line for line in lines if line[2] != " "}
    assert [*rows] == [*DATASETS]
    assert "8 of 50,000 train, 4 of 10,000 test" in rows["cifar10"]
    assert "not prepared yet" in rows["digits"]
    assert "not prepared: python -m adrjax.data cifar100" in rows["cifar100"]
    assert "not prepared; --manual-dir wants fer2013.csv, from" in rows["fer2013"]


def test_the_list_tells_parts_and_broken_files(cifar10_dir, tmp_path, capsys):
    shutil.copytree(cifar10_dir, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "cifar10/3.0.2"
    (shard,) = folder.glob("*-test.array_record-*-of-00001")
    shard.write_bytes(b"")
    main("cifar10", data_dir=tmp_path)
    assert f"8 of 50,000 train, broken test: {shard} is" in capsys.readouterr().out


def test_data_sets_have_the_name_they_are_prepared_by():
    for name, dataset in DATASETS.items():
        made_of = {"vehicles10": "cifar100", "imagenette": "imagenette/320px-v2"}
        assert dataset.name == made_of.get(name, name)
        public = getattr(data, name)()
        assert public == dataset and hash(public) == hash(dataset)


def test_a_configuration_can_be_named(tmp_path, no_tensorflow):
    with pytest.raises(SystemExit, match="Preparing imagenette/160px-v2 runs tfds's"):
        main("imagenette/160px-v2", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["fer2013", "imagenet2012"])
def test_files_that_nobody_downloads_are_asked_for(tmp_path, name):
    with pytest.raises(SystemExit) as error:
        main(name, data_dir=tmp_path)
    text = str(error.value)
    assert f"python -m adrjax.data {name} --data-dir {tmp_path} --manual-dir F" in text
    assert f"where FOLDER holds {DATASETS[name].files}" in text


def test_wrong_files_are_named(tmp_path):
    (tmp_path / "fer2013.csv").write_text("a,b\n")
    with pytest.raises(SystemExit, match=r"fer2013\.csv has the columns"):
        main("fer2013", data_dir=tmp_path, manual_dir=tmp_path)


def test_a_contact_sheet_is_drawn(cifar10_dir, tmp_path):
    file = tmp_path / "sheet.png"
    main("cifar10", data_dir=cifar10_dir, contact_sheet=file, split="test")
    with Image.open(file) as sheet:
        assert sheet.size == (240, 268)


def test_a_split_that_is_not_there_is_named(cifar10_dir, tmp_path):
    with pytest.raises(SystemExit, match="Unknown split 'val'"):
        file = tmp_path / "sheet.png"
        main("cifar10", data_dir=cifar10_dir, contact_sheet=file, split="val")


def test_the_list_tells_tfrecord_apart(tfrecord_dir, capsys):
    main(data_dir=tfrecord_dir)
    assert "prepared as tfrecord only: python -m adrjax" in capsys.readouterr().out


def test_a_data_set_that_is_not_known(tmp_path):
    with pytest.raises(SystemExit, match="'cifar' here, only agedb_30, bsds500, "):
        main("cifar", data_dir=tmp_path)


@pytest.mark.parametrize(
    "raised, message",
    [
        (
            NonMatchingChecksumError("a.tar.gz has"),
            "cifar10_n cannot be prepared: a.tar",
        ),
        (ExtractError("a.tar.gz, no space"), "cifar10_n cannot be written: a.tar.gz"),
        (RuntimeError("a.array_record"), "cifar10_n cannot be written: a.array_record"),
    ],
)
def test_what_breaks_in_tfds_is_named(tmp_path, monkeypatch, raised, message):
    class Broken:
        MANUAL_DOWNLOAD_INSTRUCTIONS = "files"

        def download_and_prepare(self, download_config):
            raise raised

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "TensorFlow")
    monkeypatch.setattr(tfds, "builder", lambda *args, **kwargs: Broken())
    with pytest.raises(SystemExit, match=message):
        main("cifar10_n", data_dir=tmp_path, manual_dir=tmp_path)
