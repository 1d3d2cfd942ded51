"""train.Checkpoints: a checkpoint is complete, or an error says why not."""

import errno
import pathlib
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import losses, train
from adrjax.train._parallel import replicated_sharding
from adrjax.train._state import zero_totals
from tests.train._run import contents

# left behind by orbax if a restore fails
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)


def state_of(step, num_devices=8):
    w = jax.random.normal(jax.random.key(step), (50, 100))
    params = {"w": w, "b": jnp.arange(3.0) + step}
    state = train.TrainState(
        step=jnp.int32(step),
        params=params,
        batch_stats={},
        opt_states=(optax.adam(1e-3).init(params),),
        loss_states=({"base": (), "center": jnp.ones(2)},),
        key=jax.random.key(step),
        ema=None,
        metric=jnp.float32(0),
        totals=zero_totals([train.objective(losses.cross_entropy)]),
    )
    return train.replicate(state, devices=num_devices)


def abstract(num_devices=8):
    sharding = replicated_sharding(num_devices, "pmap")
    return jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=sharding), state_of(0)
    )


def assert_equal(x, y):
    assert jax.tree.structure(x) == jax.tree.structure(y)
    x, y = (s.replace(key=jax.random.key_data(s.key)) for s in (x, y))
    jax.tree.map(np.testing.assert_array_equal, x, y)


def save(directory, *steps):
    with train.Checkpoints(directory) as checkpoints:
        for step in steps:
            checkpoints.save(step, state_of(step))


@pytest.mark.parametrize(("before", "after"), [(8, 1), (1, 8), (8, 8)])
def test_checkpoints_restore_on_any_number_of_devices(tmp_path, before, after):
    with train.Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(5, state_of(5, before))
    with train.Checkpoints(tmp_path) as checkpoints:
        state = checkpoints.restore_latest(abstract(after))
    assert_equal(state, state_of(5, after))
    assert len(state.params["w"].devices()) == after


def test_checkpoints_of_an_empty_directory_restore_none(tmp_path):
    with train.Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.restore_latest(abstract()) is None
        assert checkpoints.best is None
        assert checkpoints.steps == []


def test_checkpoints_keep_the_two_latest_and_the_best(tmp_path):
    scores = {1: 0.5, 2: 0.9, 3: 0.6, 4: None, 5: 0.9, 6: None, 7: None}
    for step, score in scores.items():
        # Each time it reads which one is the best.
        with train.Checkpoints(tmp_path) as checkpoints:
            checkpoints.save(step, state_of(step), score=score)
    with train.Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.steps == [2, 6, 7]
        assert checkpoints.best == 2
        assert_equal(checkpoints.restore(2, abstract()), state_of(2))
        assert_equal(checkpoints.restore_latest(abstract()), state_of(7))


def test_checkpoints_keep_the_chosen_steps_however_often_they_are_opened(tmp_path):
    for step in range(6):
        with train.Checkpoints(tmp_path, keep=[0, 2, 9]) as checkpoints:
            checkpoints.save(step, state_of(step))
    with train.Checkpoints(tmp_path) as checkpoints:
        assert checkpoints.steps == [0, 2, 4, 5]


def test_checkpoints_replace_the_best_by_a_better_one(tmp_path):
    with train.Checkpoints(tmp_path) as checkpoints:
        for step, score in enumerate([0.1, 0.9, 0.3, 0.95, 0.2, 0.2]):
            checkpoints.save(step, state_of(step), score=score)
            checkpoints.wait()
            assert checkpoints.steps[-1] == step
        assert (checkpoints.steps, checkpoints.best) == ([3, 4, 5], 3)


def test_save_copies_the_state_before_it_is_donated(tmp_path):
    step = jax.jit(lambda s: jax.tree.map(jnp.add, s, s), donate_argnums=0)
    params = {"w": jnp.ones(3_000_000)}
    state = train.replicate(state_of(1).replace(params=params))
    with train.Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, state)
        for _ in range(5):  # in the memory of the state that is being saved
            params = jax.block_until_ready(step(state.params))
            state = state.replace(params=params)
    wanted = jax.tree.map(
        lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding), state
    )
    with train.Checkpoints(tmp_path) as checkpoints:
        restored = checkpoints.restore_latest(wanted)
    np.testing.assert_array_equal(restored.params["w"], 1.0)


def truncate(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file):
    file.write_bytes(b"")


def flip_a_bit(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 16
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, empty, flip_a_bit, pathlib.Path.unlink])
def test_restore_latest_skips_a_damaged_checkpoint(tmp_path, capsys, damage):
    save(tmp_path, 1, 2)
    files = [x for x in (tmp_path / "2" / "state").rglob("*") if x.is_file()]
    damage(max(files, key=lambda x: x.stat().st_size))
    before = contents(tmp_path)
    with train.Checkpoints(tmp_path) as checkpoints:
        assert_equal(checkpoints.restore_latest(abstract()), state_of(1))
        message = capsys.readouterr().err
        assert message.startswith("Warning: went back to the checkpoint of step 1")
        assert str(tmp_path / "2") in message
        assert len(message.splitlines()) == 2
        assert contents(tmp_path) == before

        checkpoints.save(2, state_of(2))
    assert list(tmp_path.glob("2.unreadable-*/state"))
    with train.Checkpoints(tmp_path) as checkpoints:
        assert_equal(checkpoints.restore_latest(abstract()), state_of(2))


@pytest.mark.long
@pytest.mark.parametrize("damage", [empty, pathlib.Path.unlink])
def test_restore_latest_notices_damage_in_any_file(tmp_path, damage):
    save(tmp_path / "run", 1, 2)
    files = [x for x in (tmp_path / "run" / "2").rglob("*") if x.is_file()]
    for i, file in enumerate(files):
        copy = tmp_path / str(i)
        shutil.copytree(tmp_path / "run", copy)
        damage(copy / file.relative_to(tmp_path / "run"))
        with train.Checkpoints(copy) as checkpoints:
            state = checkpoints.restore_latest(abstract())
        assert_equal(state, state_of(int(state.step)))


def test_restore_latest_leaves_checkpoints_that_are_all_damaged(tmp_path):
    save(tmp_path, 1, 2)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            truncate(file)
    before = contents(tmp_path)
    with train.Checkpoints(tmp_path) as checkpoints:
        with pytest.raises(train.CheckpointError) as error:
            checkpoints.restore_latest(abstract())
        message = str(error.value)
    assert contents(tmp_path) == before
    for part in (
        tmp_path,
        tmp_path / "1",
        tmp_path / "2",
        "Delete",
        "another directory",
    ):
        assert str(part) in message
    assert len(message.splitlines()) == 4


def test_restore_latest_of_another_state_lists_the_differences(tmp_path):
    save(tmp_path, 1)
    before, params = contents(tmp_path), abstract().params
    other = abstract().replace(params={"w": params["b"], "new": params["b"]})
    with (
        train.Checkpoints(tmp_path) as checkpoints,
        pytest.raises(train.MismatchError) as error,
    ):
        checkpoints.restore_latest(other)
    assert str(error.value).splitlines() == [
        f"{tmp_path / '1'} is intact, but not of this model, optimizer and loss, or of "
        "images of another shape:",
        "  params/w: float32[50, 100] there, float32[3] here",
        "  params/new: none there, float32[3] here",
        "  params/b: float32[3] there, none here",
        "Use those it was saved with, or choose another directory.",
    ]
    assert isinstance(error.value, train.CheckpointError | train.WorkdirError)
    assert contents(tmp_path) == before


def test_save_checks_the_free_space_first(tmp_path, monkeypatch):
    save(tmp_path, 1)
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with (
        train.Checkpoints(tmp_path) as checkpoints,
        pytest.raises(train.CheckpointError) as error,
    ):
        checkpoints.save(2, state_of(2))
    message = str(error.value)
    assert message.startswith(
        f"no room for a checkpoint in {tmp_path}: it needs 16.8 MB"
    )
    assert "1.0 MB are free. Make room. The checkpoint of step 1 is intact" in message
    with train.Checkpoints(tmp_path) as checkpoints:
        assert_equal(checkpoints.restore_latest(abstract()), state_of(1))


def test_save_reports_a_disk_that_fills_up(tmp_path, monkeypatch):
    def no_space(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with train.Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(1, state_of(1))
        checkpoints.wait()
        monkeypatch.setattr(checkpoints._manager, "_finalize_checkpoint", no_space)
        checkpoints.save(2, state_of(2))  # in its thread
        with pytest.raises(
            train.CheckpointError,
            match=r"no room .* The checkpoint of step 1 is intact",
        ):
            checkpoints.wait()
        monkeypatch.setattr(checkpoints._manager, "save", no_space)
        with pytest.raises(train.CheckpointError, match="no room"):
            checkpoints.save(3, state_of(3))


def test_save_reports_the_reason_of_another_failure(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OSError(errno.EACCES, "Permission denied")

    with train.Checkpoints(tmp_path) as checkpoints:
        monkeypatch.setattr(checkpoints._manager, "save", fails)
        with pytest.raises(
            train.CheckpointError,
            match=r"Permission denied.* There is no checkpoint yet",
        ):
            checkpoints.save(1, state_of(1))


def test_save_refuses_a_state_that_is_not_finite(tmp_path):
    state = state_of(4)
    state = state.replace(totals=state.totals._replace(bad_step=jnp.int32(3)))
    with train.Checkpoints(tmp_path) as checkpoints:
        with pytest.raises(ValueError, match="since step 3"):
            checkpoints.save(4, state)
        assert checkpoints.steps == []
