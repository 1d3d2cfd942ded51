"""A trace of a few steps."""

from collections.abc import Callable
import functools
import os
import pathlib
import sys
from typing import ParamSpec, TypeVar

import jax

from adrjax.train import _arguments

P = ParamSpec("P")
R = TypeVar("R")


class Profile:
    """Traces a few steps with JAX's profiler.

    With `Machine.steps_per_dispatch`, a step of the trace is a program of several.

    Args:
        directory: The directory of the trace.
        first: The number of steps of this process before the first that is traced. The
            first steps compile.
        steps: The number of steps to trace.

    Raises:
        ArgumentError: If `first` < 0 or `steps` < 1.
    """

    def __init__(
        self, directory: str | os.PathLike[str], *, first: int = 10, steps: int = 5
    ):
        self._directory = pathlib.Path(directory)
        self._first = _arguments.count("first", first, low=0)
        self._steps = _arguments.count("steps", steps, low=1)
        self._called, self._traced, self._is_on = 0, 0, False

    def traced(self, step: Callable[P, R]) -> Callable[P, R]:
        """Returns a function that runs the step, and traces it when its turn comes.

        The trace starts when the steps before are done, and stops when its own are.
        Nothing else waits.

        Args:
            step: A function that dispatches a step.
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
        """Stops the trace of a run that was shorter than expected."""
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
