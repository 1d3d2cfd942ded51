"""The command that prepares CIFAR says what it lacks, and mends what it can."""

import importlib.util
import urllib.error
import urllib.request

import numpy as np
import pytest

from adrjax import data
from adrjax.data import _prepare
from adrjax.data.__main__ import main
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
    _prepare._check_reachable("https://no.where/a.tar.gz", "a", tmp_path, tmp_path)


def test_a_server_that_refuses_to_talk_of_its_files_is_there(monkeypatch, tmp_path):
    def urlopen(request, timeout):
        raise urllib.error.HTTPError(request.full_url, 405, "no HEAD", {}, None)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    _prepare._check_reachable("https://no.where/a.tar.gz", "a", tmp_path, None)


def test_tfrecord_is_converted_without_tensorflow(
    tfrecord_dir, cifar10_dir, no_tensorflow, capsys
):
    main("cifar10", data_dir=tfrecord_dir)
    assert "8 train, 4 test" in capsys.readouterr().out
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


def test_the_list_says_what_is_prepared(cifar10_dir, capsys):
    main(data_dir=cifar10_dir)
    title, digits, cifar10, cifar100 = capsys.readouterr().out.splitlines()
    assert title == f"In {cifar10_dir}:"
    assert "digits" in digits and "not prepared yet" in digits
    assert "cifar10 " in cifar10 and "8 train, 4 test" in cifar10
    assert "not prepared: python -m adrjax.data cifar100" in cifar100


def test_the_list_tells_tfrecord_apart(tfrecord_dir, capsys):
    main(data_dir=tfrecord_dir)
    assert "prepared as tfrecord only: python -m adrjax" in capsys.readouterr().out


def test_a_data_set_that_is_not_known(tmp_path):
    with pytest.raises(
        SystemExit, match="'cifar' here, only digits, cifar10, cifar100"
    ):
        main("cifar", data_dir=tmp_path)
