"""A run of three epochs of eight steps, as its watchers see it."""

import itertools
import pathlib

from adrjax import train
from adrjax.train import _watchers

KEPT = [2, 6, 8, 10, 14, 16, 18, 22, 24]  # one a second, and those that end an epoch
CONFIG = {"row": "ADR", "optimizer": {"rate": 0.1}, "ema_decay": None}


def metrics(step):
    return {"train_loss": 1 / step, "train_adr": 0.1, "train_accuracy": 0.5}


def record(step):
    numbers = {"epoch": step // 8, "step": step}
    return numbers | metrics(step) | {"test/top1": step / 24, "seconds": 1.5}


def play(watcher: train.Watcher, workdir: pathlib.Path, *, first=0, stopped_at=None):
    """Calls the watcher as a run does, with an update every two steps."""
    watcher.start(train.Run("ADR, seed 0", workdir, CONFIG, first, 24, 3, 8, 24))
    for step in range(first + 2, (stopped_at or 24) + 1, 2):
        watcher.update(step, -(-step // 8), metrics(step))
        if step % 8 == 0:
            watcher.epoch(record(step))
    if stopped_at is None:
        watcher.end(record(24), workdir / "checkpoints" / "24")
    watcher.close()


def in_half_seconds(monkeypatch):
    """Makes half a second pass between updates, of which one a second is kept."""
    halves = itertools.count()
    monkeypatch.setattr(_watchers.time, "monotonic", lambda: next(halves) / 2)
