"""How fast a run goes, and what memory it takes."""

import time
from typing import NamedTuple

import jax
import psutil

from adrjax.train._watchers import Run

_RECENT = 50  # updates that the present speed is taken from


class _Mark(NamedTuple):
    step: int
    time: float


class Pace:
    """The speed of a run, by when its steps are seen to be done.

    The first step of a process compiles, and between epochs there is evaluation: images
    a second are those between steps of an epoch that were seen.

    Args:
        run: The run, about to start.

    Attributes:
        now: The images a second of late, or None if that is not known yet.
    """

    def __init__(self, run: Run):
        self.now: float | None = None
        self._run = run
        self._start = time.perf_counter()
        self._first: _Mark | None = None
        self._epoch: list[_Mark] = []

    def update(self, step: int) -> None:
        """Notes that so many steps are done."""
        mark = _Mark(step, time.perf_counter())
        self._epoch.append(mark)
        self._first = self._first or mark
        self.now = self._speed(self._epoch[-_RECENT:]) or self.now

    def next_epoch(self, step: int) -> None:
        """Notes that an epoch ended and was evaluated."""
        self._epoch = [_Mark(step, time.perf_counter())]
        self._first = self._first or self._epoch[0]

    def of_epoch(self) -> float | None:
        """Returns the images a second of the epoch so far, if they are known."""
        return self._speed(self._epoch)

    def seconds(self) -> float:
        """Returns how long the run has been going on."""
        return time.perf_counter() - self._start

    def seconds_left(self) -> float | None:
        """Returns how long it will, evaluation included, if that is known already."""
        marks = self._epoch
        if self._first is None or marks[-1].step == self._first.step:
            return None
        step, now = marks[-1]
        a_step = (now - self._first.time) / (step - self._first.step)
        return a_step * (self._run.num_steps - step)

    def _speed(self, marks: list[_Mark]) -> float | None:
        if not marks or marks[0].step == marks[-1].step:
            return None
        steps = marks[-1].step - marks[0].step
        return self._run.batch_size * steps / (marks[-1].time - marks[0].time)


def memory() -> str:
    """Returns that of the fullest device, or of the process where it cannot be told."""
    stats = [device.memory_stats() or {} for device in jax.local_devices()]
    fullest = max(stats, key=lambda of_device: of_device.get("bytes_in_use", 0))
    if "bytes_in_use" not in fullest:
        return f"{psutil.Process().memory_info().rss / 1e9:.1f} GB"
    used, limit = fullest["bytes_in_use"], fullest.get("bytes_limit")
    return f"{used / 1e9:.1f}{f' of {limit / 1e9:.1f}' if limit else ''} GB"
