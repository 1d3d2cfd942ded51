"""Imports stay cheap: tfds and its kin wait until a data set is read."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "package, later",
    [
        ("adrjax", ["adrjax.data", "flax", "tensorflow_datasets"]),
        ("adrjax.data", ["tensorflow_datasets", "grain", "sklearn", "PIL", "tyro"]),
    ],
)
def test_imports_nothing_before_its_time(package, later):
    code = f"import sys, {package}; print([m for m in {later} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
