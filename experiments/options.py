"""The command line of every page."""

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
    """The command line of every page.

    Attributes:
        rows: Run only the rows of these names, or whose names contain them.
        seeds: How many seeds each row is run with.
        epochs: Train so long, not as long as the page says.
        steps: Stop each run after so many steps.
        data_dir: Where prepared data sets are.
        workdir: Where the runs are kept, to be gone on with by the same command.
        smoke: Two steps of each row on random images, to see that it runs. Keeps nothing.
        save_every: Steps between checkpoints within an epoch; there is one after each.
        accept_changes: Go on from the checkpoint of a run of another configuration.
        bfloat16: Compute the network in bfloat16; parameters and losses stay float32.
        parallel: What runs the steps on the devices; the parameters are the same.
        devices: How many devices of each process to use, all if it is not given.
        distributed: This is one of several processes, which a cluster started: jax
            finds the others (Slurm, Open MPI, Kubernetes, Cloud TPU).
        coordinator: HOST:PORT of the first of several processes that you start yourself.
        num_processes: How many there are.
        process_id: Which this is, from 0.
        tensorboard: Write the figures for TensorBoard beside each run.
        wandb: Send the figures to this project of Weights & Biases.
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

    def join(self) -> None:
        """Joins the other processes, if there are any.

        Raises:
            ValueError: If one of the three that tell of them is missing.
        """
        told = (self.coordinator, self.num_processes, self.process_id)
        if not self.distributed and told == (None, None, None):
            return
        if not self.distributed and None in told:
            raise ValueError(
                "--coordinator, --num-processes and --process-id belong together, got "
                f"{told[0]}, {told[1]}, {told[2]}; or give --distributed where a "
                "cluster started the processes"
            )
        jax.distributed.initialize(*told)

    def watchers(self, console: Console) -> Sequence[train.Watcher]:
        """Returns what shows and keeps the figures."""
        watchers: list[train.Watcher] = [train.Progress(console=console)]
        if self.tensorboard:
            watchers.append(train.TensorBoard())
        if self.wandb is not None:
            watchers.append(train.WandB(self.wandb))
        return watchers
