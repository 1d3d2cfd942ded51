"""The speed of a run, and its memory."""

import time
from typing import NamedTuple

import jax
import psutil

from adrjax.train._watchers import Run

_RECENT = 50  # updates that the current speed is computed from


class _Mark(NamedTuple):
    step: int
    time: float


class Speed:
    """The speed of a run, computed from the times at which steps are seen to be done.

    The first step of a process compiles, and between epochs there is evaluation, so the
    images a second are computed between updates of one epoch only.

    Attributes:
        current: The recent images a second, or None if that is not known yet.

    Args:
        run: The run, about to start.
    """

    def __init__(self, run: Run):
        self.current: float | None = None
        self._run = run
        self._start = time.perf_counter()
        self._first: _Mark | None = None
        self._epoch: list[_Mark] = []

    def update(self, step: int) -> None:
        """Records the number of steps that are done."""
        mark = _Mark(step, time.perf_counter())
        self._epoch.append(mark)
        self._first = self._first or mark
        self.current = self._between(self._epoch[-_RECENT:]) or self.current

    def next_epoch(self, step: int) -> None:
        """Records that an epoch was evaluated."""
        self._epoch = [_Mark(step, time.perf_counter())]
        self._first = self._first or self._epoch[0]

    def of_epoch(self) -> float | None:
        """Returns the images a second of the epoch so far, if known."""
        return self._between(self._epoch)

    def seconds(self) -> float:
        """Returns the seconds since the start."""
        return time.perf_counter() - self._start

    def seconds_left(self) -> float | None:
        """Returns the seconds to the end, evaluation included, if known."""
        marks = self._epoch
        if self._first is None or marks[-1].step == self._first.step:
            return None
        step, now = marks[-1]
        seconds_per_step = (now - self._first.time) / (step - self._first.step)
        return seconds_per_step * (self._run.num_steps - step)

    def _between(self, marks: list[_Mark]) -> float | None:
        if not marks or marks[0].step == marks[-1].step:
            return None
        steps = marks[-1].step - marks[0].step
        return self._run.batch_size * steps / (marks[-1].time - marks[0].time)


def memory() -> str:
    """Returns the memory in use on the fullest device, else that of the process."""
    stats = [device.memory_stats() or {} for device in jax.local_devices()]
    fullest = max(stats, key=lambda x: x.get("bytes_in_use", 0))
    if "bytes_in_use" not in fullest:
        return f"{psutil.Process().memory_info().rss / 1e9:.1f} GB"
    used, limit = fullest["bytes_in_use"], fullest.get("bytes_limit")
    return f"{used / 1e9:.1f}{f' of {limit / 1e9:.1f}' if limit else ''} GB"
