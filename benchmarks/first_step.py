"""Seconds from the start of a process to its first step, evaluated.

    python -m benchmarks.first_step --network CifarResNet20

With JAX_COMPILATION_CACHE_DIR, what was compiled there before is read.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

import psutil
import tyro

from benchmarks.train_cases import Case, Dtype, Network, fit


def main(
    network: Network = "AlexNet", dtype: Dtype = "float32", batch_size: int = 128
) -> None:
    """Trains for a step, evaluates one batch, and tells the time.

    Args:
        network: A member of `adrjax.backbones`.
        dtype: What it computes in.
        batch_size: Images a step.
    """

    def tell(*_):
        print(time.time() - psutil.Process().create_time())
        return {}

    with tempfile.TemporaryDirectory() as workdir:
        fit(Case(network, dtype, batch_size, steps=1), workdir, 1, tell)


def cold_and_warm(case: Case) -> tuple[float, float]:
    """Returns the seconds in two processes; the second finds all compiled."""
    command = [sys.executable, "-m", "benchmarks.first_step", "--network", case.network]
    command += ["--dtype", case.dtype, "--batch-size", str(case.batch_size)]
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "JAX_COMPILATION_CACHE_DIR": directory,
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        }
        cold, warm = (
            float(
                subprocess.run(
                    command,
                    env=os.environ | settings,
                    cwd=pathlib.Path(__file__).parents[1],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(2)
        )
    return cold, warm


if __name__ == "__main__":
    tyro.cli(main, prog="python -m benchmarks.first_step")
