"""Dataset.prepare and its command line, `python -m adrjax.data`."""

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
from adrjax.data.__main__ import main
from adrjax.data._catalogue import catalogue
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


def test_prepare_without_tensorflow_says_how_to_install_it(tmp_path, no_tensorflow):
    with pytest.raises(SystemExit, match=r"pip install 'adrjax\[tf\]'"):
        main("cifar10", data_dir=tmp_path)
    assert not any(tmp_path.iterdir())


def test_prepare_without_network_says_what_to_download(tmp_path, no_network):
    with pytest.raises(SystemExit) as error:
        main("cifar100", data_dir=tmp_path)
    text = str(error.value)
    assert (
        "No network: https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz" in text
    )
    assert "no route to host" in text
    assert f"cifar100 --data-dir {tmp_path} --manual-dir FOLDER" in text


def test_prepare_without_network_needs_the_archive_in_manual_dir(tmp_path, no_network):
    with pytest.raises(SystemExit, match=r"copy it as cifar-10-binary\.tar\.gz"):
        main("cifar10", data_dir=tmp_path, manual_dir=tmp_path)


def test_the_archive_in_manual_dir_needs_no_network(tmp_path, no_network):
    (tmp_path / "a.tar.gz").touch()
    url = "https://no.where/files/1"
    _prepare._check_reachable(url, "a.tar.gz", "a", tmp_path, tmp_path)


def test_an_http_error_means_that_the_server_is_reachable(monkeypatch, tmp_path):
    def urlopen(request, timeout):
        raise urllib.error.HTTPError(request.full_url, 405, "no HEAD", {}, None)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    url = "https://no.where/files/1"
    _prepare._check_reachable(url, "a.tar.gz", "a", tmp_path, None)


def test_prepare_converts_tfrecord_without_tensorflow(
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


def test_prepare_changes_nothing_the_second_time(cifar10_dir, no_tensorflow):
    before = {f: f.stat().st_mtime_ns for f in cifar10_dir.rglob("*")}
    main("cifar10", data_dir=cifar10_dir)
    assert before == {f: f.stat().st_mtime_ns for f in cifar10_dir.rglob("*")}


def test_prepare_digits(tmp_path, capsys):
    main("digits", data_dir=tmp_path)
    assert "1,497 train, 300 test" in capsys.readouterr().out
    assert (tmp_path / "digits" / "1.0.0").is_dir()


def test_the_list_shows_what_is_prepared_and_how_to_prepare_the_rest(
    cifar10_dir, capsys
):
    main(data_dir=cifar10_dir)
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == f"In {cifar10_dir}:"
    rows = {line.split()[0]: line for line in lines if line[2] != " "}
    assert [*rows] == [*catalogue()]
    assert "8 of 50,000 train, 4 of 10,000 test" in rows["cifar10"]
    assert "not prepared yet" in rows["digits"]
    assert "not prepared: python -m adrjax.data cifar100" in rows["cifar100"]
    assert "not prepared; --manual-dir must hold fer2013.csv, from" in rows["fer2013"]


def test_the_list_shows_partial_and_broken_splits(cifar10_dir, tmp_path, capsys):
    shutil.copytree(cifar10_dir, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "cifar10/3.0.2"
    (shard,) = folder.glob("*-test.array_record-*-of-00001")
    shard.write_bytes(b"")
    main("cifar10", data_dir=tmp_path)
    assert f"8 of 50,000 train, broken test: {shard} is" in capsys.readouterr().out


def test_prepare_takes_a_configuration(tmp_path, no_tensorflow):
    with pytest.raises(SystemExit, match="Preparing imagenette/160px-v2 runs its b"):
        main("imagenette/160px-v2", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["fer2013", "imagenet2012"])
def test_prepare_names_the_files_that_it_needs(tmp_path, name):
    with pytest.raises(SystemExit) as error:
        main(name, data_dir=tmp_path)
    text = str(error.value)
    assert f"python -m adrjax.data {name} --data-dir {tmp_path} --manual-dir F" in text
    assert f"where FOLDER holds {catalogue()[name].files}" in text


def test_prepare_names_wrong_files(tmp_path):
    (tmp_path / "fer2013.csv").write_text("a,b\n")
    with pytest.raises(SystemExit, match=r"fer2013\.csv must have the columns"):
        main("fer2013", data_dir=tmp_path, manual_dir=tmp_path)


def test_the_command_draws_a_contact_sheet(cifar10_dir, tmp_path):
    file = tmp_path / "sheet.png"
    main("cifar10", data_dir=cifar10_dir, contact_sheet=file, split="test")
    with Image.open(file) as sheet:
        assert sheet.size == (240, 268)


def test_the_command_names_an_unknown_split(cifar10_dir, tmp_path):
    with pytest.raises(SystemExit, match="Unknown split 'val'"):
        file = tmp_path / "sheet.png"
        main("cifar10", data_dir=cifar10_dir, contact_sheet=file, split="val")


def test_the_list_shows_a_broken_data_set_and_the_others(cifar10_dir, tmp_path, capsys):
    shutil.copytree(cifar10_dir, tmp_path, dirs_exist_ok=True)
    (tmp_path / "cifar10/3.0.2/dataset_info.json").write_text("{")
    main(data_dir=tmp_path)
    out = capsys.readouterr().out
    assert f"broken: {tmp_path}/cifar10/3.0.2/dataset_info.json is damaged" in out
    assert "ytf " in out


def test_the_list_shows_tfrecord(tfrecord_dir, capsys):
    main(data_dir=tfrecord_dir)
    assert "prepared as tfrecord only: python -m adrjax" in capsys.readouterr().out


def test_the_command_names_the_data_sets_for_an_unknown_one(tmp_path):
    with pytest.raises(
        SystemExit, match="'cifar'; the data sets are agedb_30, bsds500, "
    ):
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
def test_prepare_names_errors_of_tfds(tmp_path, monkeypatch, raised, message):
    class Broken:
        MANUAL_DOWNLOAD_INSTRUCTIONS = "files"

        def download_and_prepare(self, download_config):
            raise raised

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: "TensorFlow")
    monkeypatch.setattr(tfds, "builder", lambda *args, **kwargs: Broken())
    with pytest.raises(SystemExit, match=message):
        main("cifar10_n", data_dir=tmp_path, manual_dir=tmp_path)
