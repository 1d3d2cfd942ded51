"""Schedules, by hand."""

import jax
import numpy as np
import optax
import pytest

from adrjax.optimizers import (
    inverse_time_decay,
    piecewise_linear,
    step_decay,
    with_warmup,
)

SCHEDULES = {
    "step decay": (
        step_decay(0.1, at=[3, 5]),
        {0: 0.1, 2: 0.1, 3: 0.01, 4: 0.01, 5: 0.001, 99: 0.001},
    ),
    "step decay by a half, in any order": (
        step_decay(1.0, at=iter([4, 2]), factor=0.5),
        {1: 1.0, 2: 0.5, 4: 0.25},
    ),
    "step decay twice at one step": (step_decay(1.0, at=[1, 1]), {0: 1.0, 1: 0.01}),
    "step decay without steps": (step_decay(1.0, at=[]), {0: 1.0, 9: 1.0}),
    "Caffe's inv": (
        inverse_time_decay(0.01, gamma=1e-4, power=0.75),
        {0: 0.01, 10_000: 0.01 * 2**-0.75, 150_000: 0.01 / 8},
    ),
    "Keras' decay": (inverse_time_decay(0.1, gamma=5e-3, power=1), {0: 0.1, 200: 0.05}),
    "piecewise linear": (
        piecewise_linear([0, 4, 8, 10], [0, 1.0, 0.5, 0]),
        {0: 0.0, 1: 0.25, 4: 1.0, 6: 0.75, 9: 0.25, 10: 0.0, 11: 0.0},
    ),
    "warmup": (
        with_warmup(step_decay(1.0, at=[3]), steps=4, start=0.2),
        {0: 0.2, 1: 0.4, 3: 0.8, 4: 1.0, 6: 1.0, 7: 0.1},
    ),
    "no warmup": (
        with_warmup(step_decay(1.0, at=[3]), steps=0, start=0.2),
        {0: 1.0, 2: 1.0, 3: 0.1},
    ),
    "warmup to a cosine": (
        with_warmup(optax.cosine_decay_schedule(1.0, 8), steps=2),
        {0: 0.0, 1: 0.5, 2: 1.0, 6: 0.5, 10: 0.0},
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_their_formula(name):
    schedule, expected = SCHEDULES[name]
    steps = np.array(list(expected), np.int32)
    values = jax.jit(jax.vmap(schedule))(steps)
    np.testing.assert_allclose(values, list(expected.values()), rtol=1e-6, atol=1e-7)


def test_warmup_gives_the_schedule_no_negative_step():
    schedule = with_warmup(inverse_time_decay(1.0, gamma=0.5, power=0.5), steps=4)
    with jax.debug_nans(True):
        assert schedule(1) == 0.25 and schedule(4) == 1.0


@pytest.mark.parametrize(
    "steps, rates, message",
    [
        ([0, 1], [0.0, 1.0, 2.0], "got 2 steps and 3 rates"),
        ([], [], "got 0 steps and 0 rates"),
        ([0, 2, 2], [0.0, 1.0, 2.0], r"steps must ascend, got \[0, 2, 2\]"),
        ([-1, 2], [0.0, 1.0], "steps must be at least 0, got -1"),
        ([0, 2], [0.0, np.nan], "rates must be at least 0, got nan"),
    ],
)
def test_piecewise_linear_refuses_what_is_not_one_rate_a_step(steps, rates, message):
    with pytest.raises(ValueError, match=message):
        piecewise_linear(steps, rates)
