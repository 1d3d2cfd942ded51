"""What tests of training and their subprocesses share."""

import pytest

from tests.train._run import fit


@pytest.fixture(autouse=True, scope="package")
def data_dir(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory):
    """Returns the directory and the result of a run that nothing stopped."""
    workdir = tmp_path_factory.mktemp("undisturbed") / "run"
    return workdir, fit(workdir)
