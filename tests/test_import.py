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


MISSING = {  # how it is imported -> what is missing, and what to install
    "adrjax.heads": "adrjax.heads needs flax, {}adrjax[models]",
    "import adrjax.heads": "adrjax.heads needs flax, {}adrjax[models]",
    "from adrjax import backbones": "adrjax.backbones needs flax, {}adrjax[models]",
    "from adrjax import train": "adrjax.train needs orbax, {}adrjax[experiments]",
    "from adrjax.train import fit": "adrjax.train needs orbax, {}adrjax[experiments]",
    "adrjax.data.digits().prepare('nowhere')": (
        "adrjax.data needs tensorflow_datasets, {}adrjax[experiments]"
    ),
}


def test_a_missing_extra_is_named_by_every_import_and_help_continues():
    code = f"""
import inspect, sys
sys.modules |= dict.fromkeys(["flax", "orbax", "tensorflow_datasets"])  # not installed
import adrjax
assert not hasattr(adrjax, "heads")
assert "losses" in dict(inspect.getmembers(adrjax))
for line in {list(MISSING)}:
    try:
        exec(line)
    except (AttributeError, ModuleNotFoundError) as error:
        print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    not_installed = "which is not installed: install "
    expected = [message.format(not_installed) for message in MISSING.values()]
    assert run.stdout.splitlines() == expected
