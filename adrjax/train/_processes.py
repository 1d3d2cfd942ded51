"""What several processes of one run must do together."""

import time

import jax
from jax.experimental import multihost_utils
import numpy as np


def is_first() -> bool:
    """Tells whether this process writes what only one may write."""
    return jax.process_index() == 0


def meet(place: str) -> None:
    """Waits until every process is here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(place)


class Agreement:
    """Tells every process of a signal to one of them, about once a second.

    More often would cost time, as the processes wait for their devices to agree. All
    of them must ask at the same steps.
    """

    def __init__(self) -> None:
        self._step, self._moment, self._next = 0, time.monotonic(), 0

    def signum(self, own: int | None, step: int, *, now: bool = False) -> int | None:
        """Returns the signal that any process got, or None.

        Args:
            own: That of this process.
            step: How many steps are done.
            now: Whether the answer may not be put off.
        """
        if jax.process_count() == 1:
            return own
        if step < self._next and not now:
            return None
        before, self._moment = self._moment, time.monotonic()
        pace = (step - self._step) / max(self._moment - before, 1e-3)  # steps/s
        told = np.array([own or 0, max(1, round(pace))], np.int32)
        signums, steps = multihost_utils.process_allgather(told).T
        self._step, self._next = step, step + int(steps.min())
        return int(signums.max()) or None
