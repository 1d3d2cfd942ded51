"""What is compiled or read once is so for all tests and their subprocesses."""

import os

import jax
import pytest

from tests.train._run import fit


@pytest.fixture(autouse=True, scope="package")
def compilation_cache(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("compiled"))
    os.environ["JAX_COMPILATION_CACHE_DIR"] = directory
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    jax.config.update("jax_compilation_cache_dir", directory)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    os.environ["TFDS_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))
    yield
    del os.environ["TFDS_DATA_DIR"]
    del os.environ["JAX_COMPILATION_CACHE_DIR"]
    del os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"]
    jax.config.update("jax_compilation_cache_dir", None)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 1.0)


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory):
    """Returns the directory and the result of a run that nothing stopped."""
    workdir = tmp_path_factory.mktemp("undisturbed") / "run"
    return workdir, fit(workdir)
