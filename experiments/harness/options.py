"""The options of every page."""

from collections.abc import Sequence
import dataclasses
import pathlib
import re
from typing import Annotated

import jax
from rich.console import Console
import tyro

from adrjax import train

SAVE_EVERY = 1000  # steps


@dataclasses.dataclass(frozen=True)
class Options:
    """The options of every page.

    Attributes:
        rows: Run only the rows with these names, or whose names contain them.
        columns: Run only the columns with these names, or whose names contain them.
        seeds: The number of seeds; that of the page by default.
        reduced: Run the variant that two CPU cores can run.
        scale: Shorten every run and its schedule by this factor.
        data_dir: The directory of the prepared data sets.
        weights_dir: The directory of files of weights that runs start from.
        workdir: The directory of all runs, which pages share and the same command continues.
        out: The directory of the page's table and figures; WORKDIR/PAGE by default.
        smoke: Two steps of each network on random images, to check that it runs. Nothing is kept.
        jobs: Train this many networks at a time, each in a process with its share of the devices.
        part: I/N: train every N-th network from the I-th on, for N machines that share WORKDIR.
        save_every: Steps between checkpoints; there is one at every evaluation.
        steps_per_dispatch: The number of steps that one compiled program runs, on a GPU or TPU.
        num_workers: The number of processes that decode images that do not fit into memory.
        accept_changes: Continue from the checkpoint of a run of another configuration.
        bfloat16: Compute the networks in bfloat16; parameters and losses stay float32.
        parallel: How to run the steps on the devices; the parameters are the same.
        devices: The number of devices of each process to use, all by default.
        distributed: This is one of several processes started by a cluster: jax finds the
            others (Slurm, Open MPI, Kubernetes, Cloud TPU).
        coordinator: HOST:PORT of the first of several processes that you start yourself.
        num_processes: The number of these processes.
        process_id: The index of this process, from 0.
        tensorboard: Write the metrics for TensorBoard into the directory of each run.
        wandb: Send the metrics to this project of Weights & Biases.
        profile: Trace a few steps of each run for Perfetto or xprof.
        worker: I/N: this is the I-th process of --jobs N; it trains what the others leave.
    """

    rows: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    columns: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    seeds: int | None = None
    reduced: bool = False
    scale: float = 1.0
    data_dir: pathlib.Path | None = None
    weights_dir: pathlib.Path | None = None
    workdir: pathlib.Path = pathlib.Path("runs")
    out: pathlib.Path | None = None
    smoke: bool = False
    jobs: int = 1
    part: str | None = None
    save_every: int = SAVE_EVERY
    steps_per_dispatch: int = 1
    num_workers: int = 0
    accept_changes: bool = False
    bfloat16: bool = False
    parallel: train.Parallel = "pmap"
    devices: int | None = None
    distributed: bool = False
    coordinator: str | None = None
    num_processes: int | None = None
    process_id: int | None = None
    tensorboard: bool = False
    wandb: str | None = None
    profile: bool = False
    worker: Annotated[str | None, tyro.conf.arg(help_behavior_hint="internal")] = None

    def check(self) -> None:
        """Raises a `train.ArgumentError` if a number is out of range or one is missing."""
        least = {"seeds": 1, "save_every": 1, "devices": 1, "jobs": 1, "num_workers": 0}
        least |= {"num_processes": 1, "process_id": 0, "steps_per_dispatch": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and value < low:
                option = f"--{name.replace('_', '-')}"
                raise train.ArgumentError(
                    f"{option} must be at least {low}, got {value}"
                )
        if not 0 < self.scale <= 1:
            raise train.ArgumentError(f"--scale must lie in (0, 1], got {self.scale}")
        for name in ("part", "worker"):
            share_of(f"--{name}", getattr(self, name))
        if self.jobs > 1 and (self.distributed or self.coordinator is not None):
            raise train.ArgumentError(
                "--jobs trains each network in one process, and --distributed or "
                "--coordinator one network in several: give one of them"
            )
        by_hand = (self.coordinator, self.num_processes, self.process_id)
        if not self.distributed and None in by_hand and by_hand != (None, None, None):
            raise train.ArgumentError(
                "--coordinator, --num-processes and --process-id belong together, got "
                f"{by_hand[0]}, {by_hand[1]}, {by_hand[2]}; or give --distributed if a "
                "cluster started the processes"
            )

    def join(self) -> None:
        """Joins the other processes, if there are any."""
        by_hand = (self.coordinator, self.num_processes, self.process_id)
        if self.distributed or by_hand != (None, None, None):
            jax.distributed.initialize(*by_hand)

    def watchers(self, console: Console) -> Sequence[train.Watcher]:
        """Returns the watchers that the options ask for."""
        watchers: list[train.Watcher] = [train.Progress(console=console)]
        if self.tensorboard:
            watchers.append(train.TensorBoard())
        if self.wandb is not None:
            watchers.append(train.WandB(self.wandb))
        return watchers


def share_of(name: str, value: str | None) -> tuple[int, int]:
    """Returns the index, from 0, and the number of a share written as `I/N`.

    Raises:
        ArgumentError: If it is not `I/N` with I in 1..N.
    """
    if value is None:
        return 0, 1
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise train.ArgumentError(
            f"{name} must be I/N with I in 1..N, such as 3/8, got {value!r}"
        )
    return int(match[1]) - 1, int(match[2])
