"""Images per second of training: the compiled step, the loop around it, and torch.

    python -m benchmarks.train
    python -m benchmarks.train --networks CifarResNet56 --dtypes bfloat16

The step is the whole train step with augmentation, normalization and the optimizer, on
batches on the devices. The loop is `train.fit`: batches gathered from images on the
devices, metrics of the steps, an evaluation and a checkpoint every epoch. Torch runs
forward, backward and the optimizer of the same network, on normalized images with the
same order of axes in memory. They run in turn in one process, one epoch each, so that
a busy machine affects all; the numbers are medians. The time to the first step is that
of new processes, with no program and with every program compiled before.
"""

from collections.abc import Callable, Sequence
import os
import statistics
import tempfile
import time
from typing import Any

import jax
from rich.console import Console
from rich.table import Table
import tyro

from benchmarks import first_step, train_cases, train_in_torch
from benchmarks.train_cases import Case, Dtype, Network


def main(
    networks: Sequence[Network] = ("AlexNet", "CifarResNet20"),
    dtypes: Sequence[Dtype] = ("float32",),
    batch_size: int = 128,
    steps: int = 390,
    rounds: int = 3,
    steps_per_dispatch: Sequence[int] = (1,),
) -> None:
    """Prints a row for each network and precision.

    Args:
        networks: Members of `adrjax.backbones`.
        dtypes: Their compute precisions.
        batch_size: Images per step.
        steps: Steps per epoch; CIFAR-10 has 390 of 128 images.
        rounds: Number of turns.
        steps_per_dispatch: Steps that one program of the loop runs, a row for each.
    """
    table = Table(
        "network",
        "step",
        "loop",
        "loop / step",
        "torch",
        "step / torch",
        "first, cold",
        "warm",
        title=f"images/s, batch {batch_size}, {jax.devices()[0].device_kind}; seconds",
    )
    for network in networks:
        for dtype in dtypes:
            for k in steps_per_dispatch:
                case = Case(network, dtype, batch_size, steps, k)
                name = f"{network}, {dtype}" + (f", {k} steps" if k > 1 else "")
                table.add_row(name, *_row(case, rounds))
    console = Console()
    (console if console.is_terminal else Console(width=120)).print(table)


def _row(case: Case, rounds: int) -> list[str]:
    cold, warm = first_step.cold_and_warm(case)
    rates = {k: case.batch_size * case.steps / s for k, s in _turns(case, rounds)}
    step, loop, by_torch = (rates.get(k) for k in ("step", "loop", "torch"))
    assert step and loop
    row = [f"{step:,.0f}", f"{loop:,.0f}", f"{loop / step:.1%}"]
    row += [f"{by_torch:,.0f}", f"{step / by_torch:.2f}"] if by_torch else ["", ""]
    return [*row, f"{cold:.1f}", f"{warm:.1f}"]


def _turns(case: Case, rounds: int) -> list[tuple[str, float]]:
    """Returns the median seconds per epoch of the loop, the step and torch."""
    calls: dict[str, Callable[[], Any]] = {"step": train_cases.bare_steps(case)}
    if train_in_torch.HAS_TORCH:
        calls["torch"] = train_in_torch.bare_steps(case)
    times: dict[str, list[float]] = {name: [] for name in ("loop", *calls)}
    since = time.perf_counter()

    def after_epoch() -> None:
        """Ends the turn of the loop, after the evaluation of an epoch."""
        nonlocal since
        times["loop"].append(time.perf_counter() - since)
        for name, call in calls.items():
            since = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - since)
        since = time.perf_counter()

    with tempfile.TemporaryDirectory() as workdir:
        train_cases.fit(case, workdir, epochs=rounds + 1, after_epoch=after_epoch)
    return [(name, statistics.median(x[1:])) for name, x in times.items()]


if __name__ == "__main__":
    os.environ.setdefault("GOMP_SPINCOUNT", "0")  # else torch's idle threads spin
    tyro.cli(main, prog="python -m benchmarks.train")
