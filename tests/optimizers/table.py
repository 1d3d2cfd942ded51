"""Every public function of optimizers: a call, and every keyword off its default."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from adrjax import optimizers
from adrjax.optimizers import kernel_mask, sgd, step_decay
from tests.optimizers.problem import PARAMS, train

STEPS = 6
METRIC = {"metric": np.array([0.0, 0.5, 0.5, 0.45, 0.55, 0.55])}
DECAYS = {"weight_decay": 0.5}


class Case(NamedTuple):
    """A call of a function.

    Attributes:
        arguments: Its positional arguments.
        required: Keywords without a default.
        moved: For every keyword with a default, the keywords of a call that moves it
            and the keywords of the same call without it.
        result: Maps the returned value to numbers.
    """

    arguments: tuple
    required: Mapping[str, Any] = {}
    moved: Mapping[str, tuple[dict, dict]] = {}
    result: Callable = lambda x: x


def of_optimizer(optimizer):
    return train(optimizer, STEPS)


def of_plateau(optimizer):
    return train(optax.chain(sgd(0.1), optimizer), STEPS, **METRIC)


def of_schedule(schedule):
    return jax.vmap(schedule)(np.arange(STEPS))


SGD = {
    "momentum": ({"momentum": 0.5}, {}),
    "weight_decay": (DECAYS, {}),
    "weight_decay_mask": (DECAYS | {"weight_decay_mask": kernel_mask}, DECAYS),
}
NESTEROV = ({"momentum": 0.5, "nesterov": True}, {"momentum": 0.5})
CASES = {
    "sgd": Case((0.1,), {}, {**SGD, "nesterov": NESTEROV}, of_optimizer),
    "caffe_sgd": Case((step_decay(0.1, at=[3]),), {}, SGD, of_optimizer),
    "partition_by_path": Case(
        ({"head/*": sgd(0.5), "*": sgd(0.1)},), result=of_optimizer
    ),
    "reset_momentum": Case((sgd(0.1, momentum=0.5),), {"at": [2]}, {}, of_optimizer),
    "reduce_on_plateau": Case(
        (),
        {"steps_per_epoch": 1},
        {
            "patience": ({"patience": 0}, {}),
            "factor": ({"patience": 0, "factor": 0.5}, {"patience": 0}),
            "threshold": ({"patience": 0, "threshold": 0.4}, {"patience": 0}),
        },
        of_plateau,
    ),
    "kernel_mask": Case((PARAMS,)),
    "step_decay": Case(
        (0.1,), {"at": [2]}, {"factor": ({"factor": 0.5}, {})}, of_schedule
    ),
    "inverse_time_decay": Case((0.1,), {"gamma": 0.5, "power": 2}, {}, of_schedule),
    "piecewise_linear": Case(([0, 4], [0.0, 1.0]), result=of_schedule),
    "with_warmup": Case(
        (step_decay(0.1, at=[2]),),
        {"steps": 3},
        {"start": ({"start": 0.05}, {})},
        of_schedule,
    ),
}


def calls(name, keywords):
    """Returns the numbers of a call with each of the keywords."""
    case, function = CASES[name], getattr(optimizers, name)

    def results():
        made = [function(*case.arguments, **case.required, **x) for x in keywords]
        return [jax.tree.leaves(case.result(x)) for x in made]

    return jax.jit(results)()
