"""Workarounds for bugs of other libraries, each with what it waits for."""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import gc
import logging
import sys
from typing import Any, Protocol
import warnings

import jax


def must_wait_for_step(num_devices: int) -> bool:
    """Returns whether a step must be done before the next one is dispatched.

    jax 0.10, CPU: collectives of several steps in flight share one thread pool
    and deadlock. Waits for a fix of asynchronous dispatch, of which
    https://github.com/jax-ml/jax/issues/25861 is a report.
    """
    return num_devices > 1 and jax.default_backend() == "cpu"


@contextlib.contextmanager
def quiet_orbax() -> Iterator[None]:
    """Drops the log messages of orbax, which repeat its exceptions at length.

    orbax-checkpoint 0.12 logs by absl and cannot be configured otherwise. Waits for
    https://github.com/google/orbax/issues/1951.
    """
    logger = logging.getLogger("absl")
    logger.addFilter(_is_not_from_orbax)
    try:
        yield
    finally:
        logger.removeFilter(_is_not_from_orbax)


class _HasStep(Protocol):
    """The attribute of orbax's `PolicyCheckpointInfo` that is used here."""

    step: int


class PreserveBest:
    """A preservation policy of orbax that keeps the best checkpoint.

    orbax-checkpoint 0.12: the policies for the best read the metrics that orbax saved,
    and a damaged file of these stops the manager. There is no public report to wait
    for.

    Args:
        best: Maps the steps of the checkpoints to that of the best, or None.
    """

    def __init__(self, best: Callable[[Sequence[int]], int | None]):
        self._best = best

    def should_preserve(
        self, checkpoints: Sequence[_HasStep], *, context: Any
    ) -> list[bool]:
        """Returns whether to keep each checkpoint."""
        best = self._best([x.step for x in checkpoints])
        return [x.step == best for x in checkpoints]


def collect_failed_restore() -> None:
    """Collects the coroutines of a failed restore, which would print tracebacks.

    orbax-checkpoint 0.12 leaves the other reads of a batch running when one fails.
    There is no public report to wait for.
    """
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings(action="ignore"):
            gc.collect()
    finally:
        sys.unraisablehook = hook


def _is_not_from_orbax(record: logging.LogRecord) -> bool:
    return "orbax" not in record.pathname
