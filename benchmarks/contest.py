"""Functions of the same inputs, each with its gradient: relative times and memory."""

from collections.abc import Callable, Mapping, Sequence
import contextlib
import functools
import importlib.util
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.stages import Compiled
import numpy as np

from benchmarks import clock

HAS_TORCH = importlib.util.find_spec("torch") is not None

Function = Callable[..., Any]
Functions = Mapping[str, Function]


class Contest(NamedTuple):
    """Functions of the same inputs.

    Attributes:
        name: The quantity that they compute, and its shape.
        of_jax: Functions of `moving` and `fixed` to one value per example or batch.
        moving: The inputs with a gradient.
        fixed: The inputs without a gradient.
        of_torch: Functions of the same inputs as tensors.
        shape: The shape of the array that is the unit of memory.
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
        time: Of value and gradient, relative to the first function of its contest.
        memory: Memory of the compiled function besides inputs and outputs, in arrays of
            the contest's shape; None for torch.
    """

    time: float
    memory: float | None


def results(contest: Contest, budget: float) -> dict[str, Result]:
    """Returns the cost of each function, measured for `budget` seconds in all."""
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
    function: Function,
    moving: Sequence[jax.Array],
    fixed: Sequence[jax.Array],
) -> Compiled:
    def mean(*args):
        return jnp.mean(function(*args))

    slope = jax.value_and_grad(mean, argnums=tuple(range(len(moving))))
    return jax.jit(slope).lower(*moving, *fixed).compile()


def _temporary_bytes(program: Compiled) -> int:
    analysis = program.memory_analysis()
    assert analysis is not None
    return analysis.temp_size_in_bytes


def _torch_call(
    function: Function,
    moving: Sequence[np.ndarray],
    fixed: Sequence[np.ndarray],
) -> Callable[[], None]:
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    on_device = device if device.type == "cuda" else contextlib.nullcontext()
    with_gradient = [torch.tensor(x, device=device, requires_grad=True) for x in moving]
    without = [torch.tensor(x, device=device) for x in fixed]

    def call():
        for x in with_gradient:
            x.grad = None
        with on_device:  # also the tensors that the function makes
            function(*with_gradient, *without).mean().backward()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return call
