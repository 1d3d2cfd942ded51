"""What tests of training and their subprocesses share."""

import jax
import pytest

from tests.train._run import fit

SETTINGS = {  # compile in haste, and once
    "jax_disable_most_optimizations": True,
    "jax_persistent_cache_min_compile_time_secs": 0.0,
}


@pytest.fixture(autouse=True, scope="package")
def quick(tmp_path_factory):
    """Lets this process and those it starts compile and read what they can share."""
    settings = SETTINGS | {
        "jax_compilation_cache_dir": str(tmp_path_factory.mktemp("compiled"))
    }
    before = {name: jax.config.values[name] for name in settings}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        for name, value in settings.items():
            patch.setenv(name.upper(), str(value))
            jax.config.update(name, value)
        yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture(scope="package")
def undisturbed(tmp_path_factory):
    """Returns the directory and the result of a run that nothing stopped."""
    workdir = tmp_path_factory.mktemp("undisturbed") / "run"
    return workdir, fit(workdir)
