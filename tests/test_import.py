"""What importing adrjax costs."""

import importlib.metadata
import pickle
import subprocess
import sys

import pytest

import adrjax
from adrjax import losses

HEAVY = (
    "flax tensorflow tensorflow_datasets orbax grain matplotlib sklearn rich tyro PIL"
)


def test_importing_adrjax_imports_no_framework():
    code = (
        "import sys, adrjax; from adrjax import losses, regularizers, targets, noise, "
        f"metrics; print([m for m in {HEAVY.split()} if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_the_other_packages_are_found_when_they_are_used():
    code = (
        "import sys, adrjax; print([adrjax.heads.Linear.__module__, 'flax' in "
        "sys.modules, 'tensorflow' in sys.modules]); print(dir(adrjax))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    first, second = run.stdout.splitlines()
    assert first == "['adrjax.heads', True, False]"
    assert {"backbones", "data", "heads", "train", "losses"} <= set(eval(second))


def test_public_paths():
    assert losses.focal.__module__ == "adrjax.losses"
    assert adrjax.Outputs.__module__ == "adrjax"
    for value in (losses.focal, adrjax.StatefulLoss, adrjax.heads.CenterOutputs):
        assert pickle.loads(pickle.dumps(value)) is value
    with pytest.raises(AttributeError, match="no attribute 'foo'"):
        _ = adrjax.foo
    assert adrjax.__version__ == importlib.metadata.version("adrjax")


def test_a_missing_extra_is_named_and_help_goes_on():
    code = """
import inspect, sys
sys.modules["flax"] = None  # as if it were not installed
import adrjax
assert not hasattr(adrjax, "heads")
assert "losses" in dict(inspect.getmembers(adrjax))
try:
    adrjax.heads
except AttributeError as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == (
        "adrjax.heads needs flax, which is not installed: install adrjax[models]"
    )
