"""Properties of every optimizer and schedule, over the table of their calls."""

import inspect

import jax
import numpy as np
import pytest

from adrjax import optimizers
from tests.optimizers.table import CASES, calls


def test_every_optimizer_is_in_the_table():
    public = {name for name, x in vars(optimizers).items() if inspect.isfunction(x)}
    assert {name for name in public if not name.startswith("_")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_keyword_is_moved_off_its_default(name):
    parameters = inspect.signature(getattr(optimizers, name)).parameters.values()
    keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
    defaults = {p.name: p.default for p in keywords if p.default is not p.empty}
    assert {p.name for p in keywords} - set(defaults) == set(CASES[name].required)
    assert set(defaults) == set(CASES[name].moved)
    for key, (moved, still) in CASES[name].moved.items():
        assert moved.keys() - still.keys() == {key}, key


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name].moved])
def test_every_keyword_changes_the_result(name):
    moved = CASES[name].moved
    pairs = calls(name, [keywords for pair in moved.values() for keywords in pair])
    for key, a, b in zip(moved, pairs[::2], pairs[1::2], strict=True):
        assert not all(map(np.array_equal, a, b)), key


SCHEDULES = {
    "step_decay": lambda number: optimizers.step_decay(
        number(0.1), at=np.array([2, 4]), factor=number(0.5)
    ),
    "inverse_time_decay": lambda number: optimizers.inverse_time_decay(
        number(0.1), gamma=number(0.5), power=number(2.0)
    ),
    "piecewise_linear": lambda number: optimizers.piecewise_linear(
        np.arange(3), number([0.0, 1.0, 0.5])
    ),
    "with_warmup": lambda number: optimizers.with_warmup(
        optimizers.step_decay(number(0.1), at=range(2, 4)),
        steps=np.int64(3),
        start=number(0.05),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_take_numbers_of_numpy(name):
    steps = np.arange(6)
    expected = jax.vmap(SCHEDULES[name](lambda x: x))(steps)
    actual = jax.vmap(SCHEDULES[name](np.float32))(steps)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_promote_no_dtype_implicitly(name):
    step = jax.ShapeDtypeStruct((), np.int32)
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        rate = jax.eval_shape(SCHEDULES[name](lambda x: x), step)
    assert rate.shape == () and rate.dtype == np.float32


@pytest.mark.parametrize("name", ["sgd", "caffe_sgd"])
def test_numpy_numbers_do_not_decide_the_dtype_of_updates(name):
    one = np.float64(0.1)
    options = {"momentum": one, "weight_decay": one}
    optimizer = getattr(optimizers, name)(one, **options)
    with jax.enable_x64(True):
        param = jax.ShapeDtypeStruct((3,), np.float32)
        state = jax.eval_shape(optimizer.init, param)
        update, _ = jax.eval_shape(optimizer.update, param, state, param)
    assert update.dtype == np.float32


NUMBERS = {
    "sgd": [(0, "learning_rate"), "momentum", "weight_decay"],
    "caffe_sgd": [(0, "learning_rate"), "momentum", "weight_decay"],
    "reduce_on_plateau": ["factor", "threshold"],
    "step_decay": [(0, "rate"), "factor"],
    "inverse_time_decay": [(0, "rate"), "gamma"],
    "with_warmup": ["start"],
}


@pytest.mark.parametrize(
    "name, argument", [(name, x) for name in NUMBERS for x in NUMBERS[name]]
)
@pytest.mark.parametrize("value", [-1, np.nan, np.float32(-0.5), [0.1, 0.1]])
def test_numbers_out_of_range_are_refused(name, argument, value):
    place, key = argument if isinstance(argument, tuple) else (None, argument)
    arguments, keywords = list(CASES[name].arguments), dict(CASES[name].required)
    if place is None:
        keywords[key] = value
    else:
        arguments[place] = value
    with pytest.raises(ValueError, match=rf"{key} must be (at least|in|one number)"):
        getattr(optimizers, name)(*arguments, **keywords)


INTEGERS = {
    "reset_momentum": "at",
    "step_decay": "at",
    "with_warmup": "steps",
    "reduce_on_plateau": "steps_per_epoch",
}


@pytest.mark.parametrize("name", INTEGERS)
def test_steps_that_are_not_integers_from_0_up_are_refused(name):
    key = INTEGERS[name]
    is_list = isinstance(CASES[name].required[key], list)
    for value, error, message in [
        (-1, ValueError, f"{key} must be at least . got -1"),
        (1.5, TypeError, rf"{key} must be .* got 1\.5"),
    ]:
        with pytest.raises(error, match=message.replace(" got", ",? got")):
            keywords = {key: [value] if is_list else value}
            getattr(optimizers, name)(*CASES[name].arguments, **keywords)
