"""Orbax, made to keep the best checkpoint and to keep quiet."""

from collections.abc import Mapping, Sequence
import gc
import logging
import pathlib
import sys
from typing import Any
import warnings

import orbax.checkpoint as ocp

_policies = ocp.checkpoint_managers.preservation_policy


class _Best:
    """Preserves the best checkpoint, in the shape that orbax asks for."""

    def __init__(self, accuracies: Mapping[int, float]):
        self._accuracies = accuracies

    def should_preserve(self, checkpoints: Sequence[Any], *, context: Any):
        step = best([info.step for info in checkpoints], self._accuracies)
        return [info.step == step for info in checkpoints]


def best(steps: Sequence[int], accuracies: Mapping[int, float]) -> int | None:
    """Returns the step of the highest accuracy, the first of several."""
    known = [step for step in steps if step in accuracies]
    return max(known, key=lambda step: accuracies[step], default=None)


def manager(
    directory: pathlib.Path, accuracies: Mapping[int, float]
) -> ocp.CheckpointManager:
    """Returns a manager that keeps the two latest checkpoints and the best.

    Orbax's own metrics would do for the best, but a damaged one stops the manager.
    """
    policy = _policies.AnyPreservationPolicy([_policies.LatestN(2), _Best(accuracies)])
    options = ocp.CheckpointManagerOptions(
        preservation_policy=policy,
        cleanup_tmp_directories=True,
        lightweight_initialize=True,
    )
    return ocp.CheckpointManager(directory, options=options)


def reason(error: BaseException) -> str:
    """Returns what an error began with, on one line that is not endless."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = " ".join(str(error).split())
    return text if len(text) <= 500 else f"{text[:200]} ... {text[-300:]}"


def silence() -> None:
    """Drops what orbax logs: pages on every error, which it raises as well."""
    logging.getLogger("absl").addFilter(_is_not_from_orbax)


def unsilence() -> None:
    logging.getLogger("absl").removeFilter(_is_not_from_orbax)


def collect() -> None:
    """Collects the coroutines of a restore that failed, which else print pages."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    with warnings.catch_warnings(action="ignore"):
        gc.collect()
    sys.unraisablehook = hook


def _is_not_from_orbax(record: logging.LogRecord) -> bool:
    return "orbax" not in record.pathname
