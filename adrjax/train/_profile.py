"""A trace of a few steps."""

from collections.abc import Callable
import functools
import os
import pathlib
import sys
from typing import ParamSpec, TypeVar

import jax

from adrjax import _checks

P = ParamSpec("P")
R = TypeVar("R")


class Profile:
    """Traces a few steps with JAX's profiler.

    Args:
        directory: Where the trace goes.
        first: How many steps of this process come before, those that compile among
            them.
        steps: How many to trace.

    Raises:
        ValueError: If `first` < 0 or `steps` < 1.
    """

    def __init__(
        self, directory: str | os.PathLike, *, first: int = 10, steps: int = 5
    ):
        self._directory = pathlib.Path(directory)
        self._first = _checks.count("first", first, low=0)
        self._steps = _checks.count("steps", steps, low=1)
        self._called, self._traced, self._is_on = 0, 0, False

    def traced(self, step: Callable[P, R]) -> Callable[P, R]:
        """Returns a function that does the same and is traced when its turn comes.

        The trace begins when the steps before are done, and ends when its own are. But
        for these two moments nothing waits.

        Args:
            step: What dispatches a step.
        """

        @functools.wraps(step)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            number = self._called
            self._called += 1
            if not self._first <= number < self._first + self._steps:
                return step(*args, **kwargs)
            if not self._is_on:
                jax.block_until_ready((args, kwargs))
                jax.profiler.start_trace(self._directory)
                self._is_on = True
            with jax.profiler.StepTraceAnnotation("train", step_num=number):
                result = step(*args, **kwargs)
            self._traced += 1
            if self._traced == self._steps:
                jax.block_until_ready(result)
                self._stop()
            return result

        return run

    def close(self) -> None:
        """Ends the trace of a run that is shorter, once its steps are done."""
        if self._is_on:
            self._stop()
        elif not self._traced:
            print(
                f"no trace: the run made {self._called} steps, the first to be traced "
                f"comes after {self._first}",
                file=sys.stderr,
            )

    def _stop(self) -> None:
        self._is_on = False
        jax.profiler.stop_trace()
        traces = self._directory.rglob("*.trace.json.gz")
        latest = max(traces, key=lambda trace: trace.stat().st_mtime)
        print(
            f"traced {self._traced} steps. View them: open {latest} in "
            f"https://ui.perfetto.dev, or pip install xprof and xprof --logdir "
            f"{self._directory}",
            file=sys.stderr,
        )
