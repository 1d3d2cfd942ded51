"""Fixtures of the tests of training."""

import shutil

import pytest

from adrjax import data
from adrjax.train import _programs
from tests.train._run import fit


@pytest.fixture(autouse=True, scope="package")
def data_dir(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="package")
def uninterrupted(tmp_path_factory):
    """Returns the directory and the result of a run that nothing stopped."""
    workdir = tmp_path_factory.mktemp("uninterrupted") / "run"
    return workdir, fit(workdir)


@pytest.fixture
def workdir(uninterrupted, tmp_path):
    """Returns a copy of the directory of that run."""
    return shutil.copytree(uninterrupted[0], tmp_path / "run")


@pytest.fixture
def no_training(monkeypatch):
    """Fails a test whose run calls a step or draws a batch; tracing is allowed."""

    def fail(*_, **__):
        raise AssertionError("it trained")

    def no_batches(*_, **__):
        yield fail()

    monkeypatch.setattr(_programs, "parallel_train", lambda *_, **__: fail)
    monkeypatch.setattr(data, "train_batches", no_batches)
