"""Budgets of programs compiled for an NVIDIA H100, which needs jax's plugin and no GPU.

`pip install 'jax[cuda13]'`, then `python -m pytest -m long tests/test_gpu.py`. The
numbers are those of `python -m benchmarks.gpu`, which sets flags before jax starts, so
it is imported in a process of its own.
"""

import functools
import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
CODE = """
import json
from benchmarks import gpu, train_cases
from adrjax import losses, regularizers

sums = [
    [name, classes, x.moved / (gpu.FLOAT * batch * classes), x.kernels, x.sorts]
    for (name, (batch, classes)), x in gpu.sums().items()
]
case = train_cases.Case("AlexNet", "float32", 128, steps=1)
with_adr = gpu.with_regularizer(regularizers.adr)
steps = [gpu.step(case, loss).kernels for loss in (losses.cross_entropy, with_adr)]
print(json.dumps({"sums": sums, "steps": steps}))
"""

# The plugin compiles for an H100 without one. It is not among the requirements of the
# tests, because nothing else needs it.
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        importlib.util.find_spec("jax_cuda13_plugin") is None,
        reason="jax[cuda13] is not installed",
    ),
]


@functools.cache
def found():
    run = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    return json.loads(run.stdout.splitlines()[-1])


def test_nothing_is_sorted():
    assert {sorts for *_, sorts in found()["sums"]} == {0}


def test_regularizers_move_little_more_than_cross_entropy():
    for name, classes, moved, kernels, _ in found()["sums"]:
        if name.startswith("optax") or "threshold" in name:
            continue
        limit = 10 if classes == 10 else 4.2
        assert moved < limit, (name, classes)
        few = 7 if name.endswith("entropy") else 6
        assert kernels <= (few if classes <= 10_000 else 10), (name, classes)


def test_adr_adds_three_kernels_to_a_training_step():
    alone, with_adr = found()["steps"]
    assert with_adr <= alone + 3
