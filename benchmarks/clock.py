"""Times of several functions, called in turn so that a busy machine affects all."""

from collections.abc import Callable
import statistics
import time
from typing import Any

import jax


def seconds(calls: dict[str, Callable[[], Any]], *, budget: float) -> dict[str, float]:
    """Returns the median seconds of each call.

    Args:
        calls: Functions by name. A call ends when its arrays are computed.
        budget: Seconds to spend on all of them.
    """

    def timed(call: Callable[[], Any]) -> float:
        start = time.perf_counter()
        jax.block_until_ready(call())
        return time.perf_counter() - start

    first = {name: timed(call) for name, call in calls.items()}
    repeats = max(5, min(1000, int(budget / sum(first.values()))))
    times = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            times[name].append(timed(call))
    return {name: statistics.median(of_call) for name, of_call in times.items()}
