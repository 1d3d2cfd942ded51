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


Function = Callable[..., Any]
Functions = Mapping[str, Function]


class Contest(NamedTuple):
    """Functions of the same inputs.

    Attributes:
        name: The function and the shape of its inputs.
        of_jax: Functions of `moving` and `fixed`: one value per example, or one.
        moving: The inputs that the gradient is taken by.
        fixed: The other inputs.
        of_torch: Functions of the same inputs as tensors.
        shape: The shape of the array that memory is counted in.
    """

    name: str
    of_jax: Functions
    moving: tuple[np.ndarray, ...]
    fixed: tuple[np.ndarray, ...]
    of_torch: Functions
    shape: tuple[int, ...]


class Result(NamedTuple):
    """The cost of a function.

    Attributes:
        time: The time of value and gradient, relative to the contest's first function.
        memory: The temporary memory of the compiled function, in arrays of the
            contest's shape; None for torch.
    """

    time: float
    memory: float | None


def results(contest: Contest, budget: float) -> dict[str, Result]:
    """Returns the cost of each function, measured for `budget` seconds."""
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


def _compiled(
    function: Function, moving: tuple[jax.Array, ...], fixed: tuple[jax.Array, ...]
) -> jax.stages.Compiled:
    def mean(*args: jax.Array) -> jax.Array:
        return jnp.mean(function(*args))

    slope = jax.value_and_grad(mean, argnums=tuple(range(len(moving))))
    return jax.jit(slope).lower(*moving, *fixed).compile()


def _temporary_bytes(program: jax.stages.Compiled) -> int:
    analysis = program.memory_analysis()
    assert analysis is not None
    return analysis.temp_size_in_bytes


def _torch_call(
    function: Function, moving: tuple[np.ndarray, ...], fixed: tuple[np.ndarray, ...]
) -> Callable[[], None]:
    import torch

    with_gradient = [torch.tensor(x, requires_grad=True) for x in moving]
    constant = [torch.tensor(x) for x in fixed]

    def call() -> None:
        for x in with_gradient:
            x.grad = None
        function(*with_gradient, *constant).mean().backward()

    return call
