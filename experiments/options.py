"""The options of every page."""

from collections.abc import Sequence
import dataclasses
import pathlib
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
        seeds: The number of seeds of each row.
        epochs: Train for this many epochs instead of the page's.
        steps: Stop each run after this many steps.
        data_dir: The directory of the prepared data sets.
        workdir: The directory of the runs, which the same command continues.
        smoke: Two steps of each row on random images, to check that it runs. Nothing is kept.
        save_every: Steps between checkpoints within an epoch; there is one after each epoch.
        accept_changes: Continue from the checkpoint of a run of another configuration.
        bfloat16: Compute the network in bfloat16; parameters and losses stay float32.
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
    """

    rows: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    seeds: int = 3
    epochs: int | None = None
    steps: int | None = None
    data_dir: pathlib.Path | None = None
    workdir: pathlib.Path | None = None
    smoke: bool = False
    save_every: int = SAVE_EVERY
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

    def check(self) -> None:
        """Raises a `train.ArgumentError` if a number is out of range or one is missing."""
        least = {"seeds": 1, "epochs": 1, "steps": 1, "save_every": 1, "devices": 1}
        least |= {"num_processes": 1, "process_id": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if value is not None and value < low:
                option = f"--{name.replace('_', '-')}"
                raise train.ArgumentError(
                    f"{option} must be at least {low}, got {value}"
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
