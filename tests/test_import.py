"""What importing adrjax costs."""

import subprocess
import sys

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
