"""What is due after a step, and how many steps a program has."""

import dataclasses

import pytest

from adrjax.train._schedule import Schedule

TEN = Schedule(steps=10, steps_per_epoch=10, record_every=10)


@pytest.mark.parametrize(
    ("step", "group", "changes", "sizes"),
    [
        (0, 1, {"record_every": 4}, [1] * 10),
        (0, 4, {}, [4, 4, 1, 1]),
        (4, 4, {}, [4, 1, 1]),
        (9, 4, {}, [1]),
        (0, 4, {"record_every": 5, "steps_per_epoch": 100}, [4, 1, 4, 1]),
        (0, 3, {"record_every": 4, "save_every": 6}, [3, 1, 1, 1, 1, 1, 1, 1]),
        (10, 4, {"steps_per_epoch": 5}, []),
    ],
)
def test_no_program_goes_past_a_step_after_which_something_is_due(
    step, group, changes, sizes
):
    schedule = dataclasses.replace(TEN, group=group, **changes)
    assert list(schedule.sizes(step)) == sizes


def test_records_are_saved_and_the_last_step_is_recorded():
    schedule = Schedule(
        steps=11,
        steps_per_epoch=4,
        record_every=3,
        save_every=5,
        snapshots=frozenset({8}),
    )
    steps = range(1, 12)
    assert [x for x in steps if schedule.records(x)] == [3, 6, 9, 11]
    assert [x for x in steps if schedule.saves(x)] == [3, 5, 6, 8, 9, 10, 11]
    assert [x for x in steps if schedule.ends_epoch(x)] == [4, 8]
    assert [schedule.epoch(x) for x in steps] == [1] * 4 + [2] * 4 + [3] * 3
