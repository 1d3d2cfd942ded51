"""Several steps in one program: the same numbers, at the same records."""

import dataclasses
import signal

import jax
import numpy as np
import optax
import pytest

from adrjax import data, losses, train
from tests.train._run import (
    DATASET,
    MACHINE,
    Tiny,
    assert_same,
    digits,
    fit,
    last_state,
    metrics,
    on_logits,
    streamed,
)
from tests.train.test_interruption import Stopper


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        (3, {}),
        (8, {"parallel": "shard_map"}),
        pytest.param(8, {}, marks=pytest.mark.long),
        pytest.param(5, {"save_every": None}, marks=pytest.mark.long),
        pytest.param(3, {"devices": 1}, marks=pytest.mark.long),
    ],
)
def test_the_parameters_are_the_same_to_the_last_bit(
    tmp_path, uninterrupted, steps, options
):
    expected = uninterrupted[0]
    if "devices" in options:
        fit(expected := tmp_path / "alone", **options)
    fit(tmp_path / "run", steps_per_dispatch=steps, **options)
    assert metrics(tmp_path / "run") == metrics(expected)
    ours, theirs = last_state(tmp_path / "run"), last_state(expected)
    for name, leaf in theirs.items():
        np.testing.assert_array_equal(ours[name], leaf, err_msg=name)


def test_a_signal_is_answered_after_a_program_and_the_run_continues(
    tmp_path, uninterrupted
):
    options = {"steps_per_dispatch": 4, "save_every": None}
    with pytest.raises(train.Interrupted, match="after step 12, which is saved"):
        fit(tmp_path, watchers=[Stopper(8, signal.SIGTERM)], **options)
    fit(tmp_path, **options)
    assert_same(tmp_path, uninterrupted)


def test_the_step_that_is_not_finite_is_named(tmp_path):
    def bad(logits, labels):
        return losses.cross_entropy(logits, labels) * np.float32(1e30)

    with pytest.raises(train.NonFiniteLossError, match="since step") as alone:
        fit(tmp_path / "alone", loss=bad)
    with pytest.raises(train.NonFiniteLossError) as grouped:
        fit(tmp_path / "grouped", loss=bad, steps_per_dispatch=8, save_every=None)
    assert str(grouped.value).split(". ")[0] == str(alone.value).split(". ")[0]


def test_images_that_are_decoded_come_one_batch_at_a_time(tmp_path, uninterrupted):
    fit(tmp_path, train=streamed()[0], steps_per_dispatch=8)
    assert metrics(tmp_path) == metrics(uninterrupted[0])
    with pytest.raises(ValueError, match="the images must be in memory"):
        data.train_batches(streamed()[0], batch_size=24, seed=0, groups=[2])


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        (2, {}),
        (7, {"parallel": "shard_map"}),
        (3, {"batch_size": 128}),  # more than the images
    ],
)
def test_an_evaluation_of_several_batches_is_the_same(steps, options):
    objective = train.objective(on_logits(losses.cross_entropy))

    def predictions(**options):
        options = {"batch_size": 16} | options
        evaluator = train.Evaluator(Tiny(), DATASET, objective, **options)
        variables = Tiny().init(
            jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32), train=False
        )
        return evaluator.network(variables).predict(digits()[1])

    for ours, theirs in zip(
        predictions(steps_per_dispatch=steps, **options),
        predictions(**options),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_groups_have_the_batches_one_after_the_other():
    options = {"batch_size": 24, "seed": 3, "devices": 2}
    alone = data.train_batches(digits()[0], **options)
    grouped = data.train_batches(digits()[0], groups=[3, 1, 2], **options)
    for size in (3, 1, 2):
        group = next(grouped)
        assert group.images.shape == (2, size, 12, 8, 8, 1)
        for i in range(size):
            batch = next(alone)
            np.testing.assert_array_equal(group.images[:, i], batch.images)
            np.testing.assert_array_equal(group.labels[:, i], batch.labels)
    assert next(grouped, None) is None


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"objectives": [on_logits(losses.focal)]}, "objectives"),
        ({"ema_decay": 0.9}, "ema_decay"),
        ({"steps_per_dispatch": 2}, "group"),
        ({"devices": 1}, "devices"),
    ],
)
def test_programs_of_another_task_or_machine_are_refused(tmp_path, changes, differing):
    task = train.Task(
        name="CE",
        model=Tiny(),
        objectives=[on_logits(losses.cross_entropy)],
        optimizer=optax.sgd(0.05),
        dataset=DATASET,
        train=digits()[0],
        batch_size=24,
        steps=8,
    )
    of_machine = {k: v for k, v in changes.items() if k in MACHINE}
    of_task = {k: v for k, v in changes.items() if k not in MACHINE}
    with pytest.raises(train.ArgumentError, match=f"and differ in {differing};"):
        train.fit(
            dataclasses.replace(task, **of_task),
            tmp_path / "run",
            seed=0,
            machine=train.Machine(**of_machine),
            programs=train.programs(task),
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("steps", [0, 2.5])
def test_a_number_of_steps_out_of_range_is_refused(tmp_path, steps):
    with pytest.raises((train.ArgumentError, TypeError), match="steps_per_dispatch"):
        fit(tmp_path, steps_per_dispatch=steps)
