"""Coordination of the processes of one run."""

import time

import jax
from jax.experimental import multihost_utils
import numpy as np


def is_first() -> bool:
    """Returns whether this is the process that writes files and prints."""
    return jax.process_index() == 0


def barrier(name: str) -> None:
    """Waits until every process has reached the barrier of this name."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(name)


class SignalSync:
    """Shares a signal that one process received with all of them, about once a second.

    More often would slow training down, because the exchange waits for the devices.
    Every process must call `poll` at the same steps.
    """

    def __init__(self) -> None:
        self._step, self._time, self._next_step = 0, time.monotonic(), 0

    def poll(self, signum: int | None, step: int, *, force: bool = False) -> int | None:
        """Returns the signal that any process received, or None.

        Args:
            signum: The signal that this process received, or None.
            step: The number of steps that are done.
            force: Whether to exchange now, even if the last exchange is recent.
        """
        if jax.process_count() == 1:
            return signum
        if step < self._next_step and not force:
            return None
        before, self._time = self._time, time.monotonic()
        steps_per_second = (step - self._step) / max(self._time - before, 1e-3)
        local = np.array([signum or 0, max(1, round(steps_per_second))], np.int32)
        signums, steps = multihost_utils.process_allgather(local).T
        self._step, self._next_step = step, step + int(steps.min())
        return int(signums.max()) or None
