"""Functions of the same inputs, each with its gradient: relative times and memory."""

from collections.abc import Callable, Mapping
import functools
import importlib.util
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import clock

HAS_TORCH = importlib.util.find_spec("torch") is not None


class Contest(NamedTuple):
    """Functions of the same inputs.

    Attributes:
        name: What they compute, and of what shape.
        of_jax: Functions of `moving` and `fixed`, to a value an example or a batch.
        moving: What the gradient is of.
        fixed: What it is not of.
        of_torch: Functions of the same, as tensors.
        shape: That of the array that memory is counted in.
    """

    name: str
    of_jax: Mapping[str, Callable[..., Any]]
    moving: tuple[np.ndarray, ...]
    fixed: tuple[np.ndarray, ...]
    of_torch: Mapping[str, Callable[..., Any]]
    shape: tuple[int, ...]


class Result(NamedTuple):
    """What a function costs.

    Attributes:
        time: Of value and gradient, in those of the first function of its contest.
        memory: What the compiled function needs beside inputs and outputs, in arrays of
            the contest's shape; None for torch.
    """

    time: float
    memory: float | None


def results(contest: Contest, budget: float) -> dict[str, Result]:
    """Returns what each function costs, within some seconds."""
    moving, fixed = jax.device_put((contest.moving, contest.fixed))
    programs = {k: _compiled(f, moving, fixed) for k, f in contest.of_jax.items()}
    calls: dict[str, Callable[[], Any]] = {
        k: functools.partial(program, *moving, *fixed)
        for k, program in programs.items()
    }
    if HAS_TORCH:
        for k, f in contest.of_torch.items():
            calls[k] = _torch_call(f, contest.moving, contest.fixed)
    times = clock.seconds(calls, budget=budget)
    unit, of_array = next(iter(times.values())), 4 * math.prod(contest.shape)
    memory = {k: _temporary_bytes(p) / of_array for k, p in programs.items()}
    return {k: Result(time / unit, memory.get(k)) for k, time in times.items()}


def _compiled(function, moving, fixed):
    def mean(*args):
        return jnp.mean(function(*args))

    slope = jax.value_and_grad(mean, argnums=tuple(range(len(moving))))
    return jax.jit(slope).lower(*moving, *fixed).compile()


def _temporary_bytes(program):
    analysis = program.memory_analysis()
    assert analysis is not None
    return analysis.temp_size_in_bytes


def _torch_call(function, moving, fixed):
    import torch

    moving = [torch.tensor(x, requires_grad=True) for x in moving]
    fixed = [torch.tensor(x) for x in fixed]

    def call():
        for x in moving:
            x.grad = None
        function(*moving, *fixed).mean().backward()

    return call
