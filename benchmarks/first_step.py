"""Seconds from the start of a process to the end of its first step.

    python -m benchmarks.first_step --network CifarResNet20

With JAX_COMPILATION_CACHE_DIR, programs compiled there before are read.
"""

from collections.abc import Mapping, Sequence
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

import psutil
import tyro

from adrjax import train
from benchmarks.train_cases import Case, Dtype, Network, fit


class FirstStep:
    """A watcher that prints the time of the first step and ends the process."""

    def start(self, run: train.Run) -> None:
        """Does nothing."""

    def update(self, step: int, epoch: int, figures: Mapping[str, float]) -> None:
        """Prints the seconds since the process was started."""
        print(time.time() - psutil.Process().create_time())
        raise SystemExit

    def epoch(self, record: Mapping[str, Any]) -> None:
        """Does nothing."""

    def end(self, record: Mapping[str, Any], checkpoint: pathlib.Path) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


def main(
    network: Network = "AlexNet", dtype: Dtype = "float32", batch_size: int = 128
) -> None:
    """Trains for one step and prints the time.

    Args:
        network: A member of `adrjax.backbones`.
        dtype: The compute precision.
        batch_size: Images per step.
    """
    with tempfile.TemporaryDirectory() as workdir:
        fit(Case(network, dtype, batch_size, steps=1), workdir, watchers=[FirstStep()])


def cold_and_warm(case: Case) -> tuple[float, float]:
    """Returns the seconds of two processes; the second reads all programs."""
    command = [sys.executable, "-m", "benchmarks.first_step", "--network", case.network]
    command += ["--dtype", case.dtype, "--batch-size", str(case.batch_size)]
    with tempfile.TemporaryDirectory() as programs:
        cold, warm = (float(printed(command, programs)) for _ in range(2))
    return cold, warm


def printed(command: Sequence[str], programs: str) -> str:
    """Returns what a process prints that keeps its compiled programs in a folder."""
    settings = {
        "JAX_COMPILATION_CACHE_DIR": programs,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    return subprocess.run(
        command,
        env=os.environ | settings,
        cwd=pathlib.Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.first_step")
