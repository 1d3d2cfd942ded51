"""train.Task: lengths, records, kept checkpoints, the start and the order of a run."""

import gc

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import StatefulLoss, data, losses, train
from tests.train._run import DATASET, Tiny, fit, metrics, top1
from tests.train.test_fit import Crash


def counting():
    """Returns a loss whose state counts its steps, and keeps the count of each end."""
    return StatefulLoss(
        init=lambda: {"steps": jnp.int32(0), "ends": jnp.zeros(4, jnp.int32)},
        apply=lambda state, z, y: (
            losses.cross_entropy(z, y),
            state | {"steps": state["steps"] + 1},
        ),
        end_epoch=lambda state: (
            state | {"ends": jnp.roll(state["ends"], 1).at[0].set(state["steps"])}
        ),
    )


def ends(result):
    return result.state.loss_states[0]["loss"]["ends"].tolist()


@pytest.mark.parametrize(
    ("steps", "record_every", "records", "epochs"),
    [
        (10, 99, [(2, 10)], [8, 0, 0, 0]),
        pytest.param(16, 16, [(2, 16)], [16, 8, 0, 0], marks=pytest.mark.long),
        pytest.param(7, None, [(1, 7)], [0, 0, 0, 0], marks=pytest.mark.long),
    ],
)
def test_records_come_every_few_steps_and_epochs_end_where_they_end(
    tmp_path, steps, record_every, records, epochs
):
    result = fit(tmp_path, loss=counting(), steps=steps, record_every=record_every)
    assert [(x["epoch"], x["step"]) for x in result.history] == records
    assert ends(result) == epochs
    assert result.state.step == steps


def test_training_metrics_are_means_since_the_last_record(tmp_path):
    def of_steps(state, logits, labels):
        value = jnp.float32(state) + 0 * logits.sum(-1)
        return value, state + 1

    loss = StatefulLoss(lambda: jnp.int32(1), of_steps)
    result = fit(tmp_path, loss=loss, steps=10, record_every=4)
    means = [x["train_loss"] for x in result.history]
    assert means == pytest.approx([2.5, 6.5, 9.5])


@pytest.mark.long
def test_records_in_steps_continue_exactly(tmp_path):
    options = {"loss": counting(), "steps": 20, "record_every": 6, "save_every": 5}
    whole = fit(tmp_path / "whole", **options)
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "run", **options, watchers=[Crash(16)])
    result = fit(tmp_path / "run", **options)
    assert train.read_provenance(tmp_path / "run")[1]["step"] == 15
    assert metrics(tmp_path / "run") == metrics(tmp_path / "whole")
    records = [(x["epoch"], x["step"]) for x in result.history]
    assert records == [(1, 6), (2, 12), (3, 18), (3, 20)]
    assert ends(result) == ends(whole) == [16, 8, 0, 0]
    for ours, theirs in zip(
        jax.tree.leaves(result.state.params),
        jax.tree.leaves(whole.state.params),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_a_run_without_evaluations_has_no_best_checkpoint(tmp_path):
    result = fit(tmp_path, evaluations={}, steps=8)
    names = ["epoch", "step", "train_loss", "train_accuracy", "seconds"]
    assert list(result.history[0]) == names
    with train.Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.best is None
        assert checkpoints.steps == [6, 8]


def test_metrics_of_several_evaluations_have_their_names(tmp_path):
    def top2(network):
        return {"top1": 0.25, "top2": np.float32(0.5)}

    evaluations = {"test": top1, "held out": top2}
    result = fit(tmp_path, evaluations=evaluations, steps=1, best="held out/top2")
    record = result.history[0]
    assert [*record][4:-1] == ["test/top1", "held out/top1", "held out/top2"]
    assert record["held out/top2"] == 0.5
    assert result.state.metric == 0.5


def steps_of(run):
    with train.Checkpoints(run / "checkpoints") as checkpoints:
        return checkpoints.steps


def restored(run, step):
    return train.restore_variables(run, Tiny(), DATASET.shape, which=step).variables


@pytest.mark.long
def test_snapshots_are_kept_in_a_run_that_is_stopped(tmp_path, uninterrupted):
    options = {"snapshots": [0, 1, 7], "evaluations": {}}
    for step in (2, 10):
        with pytest.raises(KeyboardInterrupt):
            fit(tmp_path, **options, watchers=[Crash(step)])
        assert steps_of(tmp_path)[0] == 0
    fit(tmp_path, **options)
    assert [x["step"] for x in train.read_provenance(tmp_path)] == [0, 0, 9]
    assert steps_of(tmp_path) == [0, 8, 21, 24]
    first, last = (restored(tmp_path, step)["params"]["head"] for step in (0, 24))
    assert not np.allclose(first["kernel"], last["kernel"])
    assert np.abs(first["bias"]).max() == 0
    wanted = uninterrupted[1].state.params["head"]["kernel"]
    np.testing.assert_array_equal(last["kernel"], wanted)


def ones(variables):
    return jax.tree.map(lambda x: np.full_like(x, 0.01), variables)


@pytest.mark.long
def test_start_gives_the_first_variables_and_is_called_once(tmp_path):
    seen = []

    def start(variables):
        seen.append(variables)
        return ones(variables)

    options = {"start": start, "ema_decay": 0.9, "snapshots": [0], "steps": 4}
    options |= {"evaluations": {}, "optimizer": optax.adam(1e-3)}
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, **options, watchers=[Crash(4)])
    result = fit(tmp_path, **options)
    assert len(seen) == 1
    assert all(isinstance(x, np.ndarray) for x in jax.tree.leaves(seen))
    assert {*seen[0]} == {"params", "batch_stats"}
    for leaf in jax.tree.leaves(restored(tmp_path, 0)["params"]):
        np.testing.assert_array_equal(leaf, np.float32(0.01))  # of the average
    for params in (result.state.params, result.state.ema):
        kernel = params["head"]["kernel"]
        np.testing.assert_allclose(kernel, 0.01, atol=5e-3)
        assert not np.allclose(kernel, 0.01, atol=1e-5)
    assert fit(tmp_path, **options).state is None
    assert len(seen) == 1


def test_an_optimizer_that_keeps_parameters_starts_from_the_same(tmp_path):
    def update(gradients, state, params=None):
        return jax.tree.map(lambda x, y: x - y, state, params), state

    anchored = optax.GradientTransformation(lambda params: params, update)
    result = fit(tmp_path, start=ones, optimizer=anchored, steps=2, evaluations={})
    for leaf in jax.tree.leaves(result.state.params):
        np.testing.assert_allclose(leaf, 0.01, rtol=1e-6)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            lambda x: jax.tree.map(lambda leaf: leaf[:5], x),
            r"params/head/bias: float32\[5\] returned, float32\[10\] expected",
        ),
        (
            lambda x: jax.tree.map(lambda leaf: leaf.astype(np.float16), x),
            r"params/head/bias: float16\[10\] returned, float32\[10\] expected",
        ),
        (lambda x: {**x, "params": {}}, r"kernel: none returned, float32\[64, 10\]"),
        (lambda x: x["params"], r"head/bias: float32\[10\] returned, none expected"),
        (lambda _: None, r"params/head/bias: none returned, float32\[10\] expected"),
    ],
)
def test_a_start_of_other_shapes_is_refused_before_training(
    tmp_path, no_training, start, message
):
    with pytest.raises(train.ArgumentError, match=f"CE: start must (.|\n)*{message}"):
        fit(tmp_path, start=start)
    assert not list((tmp_path / "checkpoints").iterdir())
    assert not (tmp_path / "provenance.json").exists()


@pytest.mark.long
def test_a_class_balanced_order_continues_exactly(tmp_path, monkeypatch):
    batches, drawn = data.train_batches, []

    def recorded(*args, **options):
        for batch in batches(*args, **options):
            drawn.append(np.asarray(batch.labels).reshape(-1))
            yield batch

    monkeypatch.setattr(data, "train_batches", recorded)
    options = {"order": data.ClassBalanced(classes=6, images=4), "steps": 20}
    whole = fit(tmp_path / "whole", **options)
    for labels in drawn:
        rows = labels.reshape(6, 4)
        assert (rows == rows[:, :1]).all() and len({*rows[:, 0]}) == 6
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "run", **options, watchers=[Crash(11)])
    result = fit(tmp_path / "run", **options)
    assert metrics(tmp_path / "run") == metrics(tmp_path / "whole")
    steps = [(x["epoch"], x["step"]) for x in result.history]
    assert steps == [(1, 8), (2, 16), (3, 20)]  # len(train) // batch_size is 8
    for ours, theirs in zip(
        jax.tree.leaves(result.state.params),
        jax.tree.leaves(whole.state.params),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
    config = train.read_config(tmp_path / "run")
    assert config["order"] == "ClassBalanced(classes=6, images=4)"
    with pytest.raises(train.WorkdirError, match=r"order: .* there, None here"):
        fit(tmp_path / "run", steps=20)


@pytest.mark.parametrize(
    "parallel", ["pmap", pytest.param("shard_map", marks=pytest.mark.long)]
)
def test_nothing_of_a_finished_run_stays_alive(tmp_path, parallel):
    options = {"parallel": parallel, "steps": 2, "loss": counting(), "ema_decay": 0.9}
    gc.collect()
    before = jax.live_arrays()  # which keeps their ids
    result = fit(tmp_path, **options, start=lambda variables: variables)
    assert result.state.step == 2
    del result
    gc.collect()
    left = {id(x): x.shape for x in jax.live_arrays()}
    assert not {key: left[key] for key in left if key not in {*map(id, before)}}
