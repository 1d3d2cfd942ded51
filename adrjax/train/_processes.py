"""What several processes of one run must do together."""

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


def highest(number: int) -> int:
    """Returns the highest of the numbers of all processes, which all must call it."""
    if jax.process_count() == 1:
        return number
    return int(np.max(multihost_utils.process_allgather(np.int32(number))))
