"""train.fit: what a run computes, records and continues."""

import itertools
import json
import shutil

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax import StatefulLoss, data, losses, train
from adrjax.train import _programs
from tests.train._run import (
    DATASET,
    Tiny,
    contents,
    digits,
    fit,
    hits,
    metrics,
    streamed,
    top1,
)


class Crash(train.Progress):
    """Stops a run without saving it, when a step is shown."""

    def __init__(self, step):
        super().__init__(disable=True)
        self.step = step

    def update(self, step, *_):
        if step >= self.step:
            raise KeyboardInterrupt


def logits_of(params, images):
    variables = {"params": jax.device_get(params)}
    return Tiny().apply(variables, DATASET.normalize(images), train=False).logits


def test_fit_records_every_epoch(uninterrupted):
    workdir, result = uninterrupted
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == result.history
    assert [(x["epoch"], x["step"]) for x in result.history] == [
        (1, 8),
        (2, 16),
        (3, 24),
    ]
    names = ["epoch", "step", "train_loss", "train_accuracy", "test/top1", "seconds"]
    assert list(result.history[0]) == names
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]
    assert result.state.step == 24


def test_fit_evaluates_every_test_image_once(uninterrupted):
    _, result = uninterrupted
    images, labels = digits()[1]
    assert len(labels) % 24
    wanted = logits_of(result.state.params, images)
    found = result.history[-1]["test/top1"]
    assert found == pytest.approx(np.mean(wanted.argmax(-1) == labels))


def test_fit_reads_a_finished_run_from_its_files(uninterrupted, workdir, no_training):
    before = contents(workdir)
    again = fit(workdir)
    assert again.history == uninterrupted[1].history
    assert again.state is None
    assert contents(workdir) == before


def test_fit_reads_a_finished_run_without_its_checkpoints(
    uninterrupted, workdir, no_training
):
    shutil.rmtree(workdir / "checkpoints")
    again = fit(workdir)
    assert again.history == uninterrupted[1].history
    assert again.state is None


@pytest.mark.long
def test_fit_gives_the_same_for_streamed_images(uninterrupted, tmp_path):
    workdir, _ = uninterrupted
    train_split, test_split = streamed()

    def evaluate(network):
        return {"top1": network.map(hits, test_split).mean()}

    fit(tmp_path / "run", train=train_split, evaluations={"test": evaluate})
    assert metrics(tmp_path / "run") == metrics(workdir)


def nan_at(step):
    def apply(left, logits, labels):
        value = losses.cross_entropy(logits, labels)
        return jnp.where(left == 1, jnp.nan, value), left - 1

    return StatefulLoss(lambda: jnp.int32(step), apply)


@pytest.mark.parametrize(
    ("step", "last"),
    [
        (5, 3),
        pytest.param(16, 15, marks=pytest.mark.long),
        pytest.param(2, None, marks=pytest.mark.long),
    ],
)
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path, step, last):
    with pytest.raises(train.NonFiniteLossError) as error:
        fit(tmp_path, loss=nan_at(step))
    message = str(error.value)
    assert message.startswith("CE: ")
    assert f"infinite or NaN since step {step}." in message
    assert "lower learning rate" in message
    with train.Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert all(saved < step for saved in checkpoints.steps)
        if last is None:
            assert "There is no checkpoint from before." in message
        else:
            assert f"The checkpoint of step {last} is from before" in message
            assert str(checkpoints.path(last)) in message
    file = tmp_path / "metrics.jsonl"
    assert not file.exists() or "NaN" not in file.read_text()


@pytest.mark.long
def test_a_loss_that_is_not_finite_is_noticed_within_50_steps(tmp_path, monkeypatch):
    steps = []

    def counted(step, **options):
        run = train.parallel_train(step, **options)
        return lambda *arguments: steps.append(1) or run(*arguments)

    monkeypatch.setattr(_programs, "parallel_train", counted)
    images, labels = digits()[0]
    many = data.Split(np.tile(images, (3, 1, 1, 1)), np.tile(labels, 3))  # 75 steps
    with pytest.raises(train.NonFiniteLossError, match="step 2"):
        fit(tmp_path, loss=nan_at(2), train=many, batch_size=8, save_every=None)
    assert len(steps) <= 50


def test_step_and_evaluation_are_compiled_once(tmp_path):
    traced = []

    class Counted(Tiny):
        @nn.compact
        def __call__(self, x, *, train):
            traced.append("train" if train else len(x))
            return super().__call__(x, train=train)

    def on_both(network):
        parts = {"train": digits()[0], "test": digits()[1]}
        return {name: network.map(hits, x).mean() for name, x in parts.items()}

    evaluations = {"test": top1, "both": on_both}
    fit(tmp_path, model=Counted(), steps=16, evaluations=evaluations)
    assert sorted(set(traced), key=str) == [1, 3, "train"]
    assert traced.count("train") == 2  # the first one for the hash of the program
    assert traced.count(3) == 1  # of 24 on 8 devices; 1 is that of the initialization


def test_the_state_of_the_loss_is_saved_and_ends_every_epoch(tmp_path):
    loss = StatefulLoss(
        init=lambda: {"steps": jnp.int32(0), "ends": (jnp.int32(0), jnp.int32(0))},
        apply=lambda state, z, y: (
            losses.cross_entropy(z, y),
            state | {"steps": state["steps"] + 1},
        ),
        end_epoch=lambda state: state | {"ends": (state["steps"], state["steps"])},
    )
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, loss=loss, watchers=[Crash(10)])
    result = fit(tmp_path, loss=loss)
    (states,) = jax.device_get(result.state.loss_states)
    assert states["loss"] == {"steps": 24, "ends": (24, 24)}


@pytest.mark.long
def test_a_run_continues_on_another_number_of_devices(uninterrupted, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Crash(13)])
    result = fit(tmp_path, devices=1)
    assert len(result.state.params["head"]["kernel"].devices()) == 1
    for ours, theirs in zip(metrics(tmp_path), metrics(uninterrupted[0]), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_the_average_is_evaluated_in_a_run_of_two_steps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = []

    def evaluate(network):
        seen.append(network.predict(digits()[1]).logits)
        return {}

    result = fit("runs/one", ema_decay=0.9, steps=2, evaluations={"test": evaluate})
    assert [(x["epoch"], x["step"]) for x in result.history] == [(1, 2)]
    assert result.state.step == 2
    assert (tmp_path / "runs" / "one" / "checkpoints" / "2").is_dir()
    wanted = logits_of(result.state.ema, digits()[1].images)
    np.testing.assert_allclose(seen[0], wanted, rtol=1e-5, atol=1e-5)
    kernels = (x["head"]["kernel"] for x in (result.state.ema, result.state.params))
    assert not np.allclose(*kernels)


@pytest.mark.long
def test_a_schedule_counts_the_steps_of_a_run(tmp_path):
    schedule = optax.cosine_decay_schedule(0.1, 24)
    result = fit(tmp_path, steps=2, optimizer=optax.sgd(schedule))
    assert result.state.opt_states[0][1].count == 2


@pytest.mark.parametrize(
    ("options", "best"),
    [
        ({}, 16),  # of the first metric
        pytest.param({"best": "test/ece"}, 8, marks=pytest.mark.long),
        ({"best": "test/top1", "lower_is_better": True}, 8),
    ],
)
def test_the_best_checkpoint_is_kept_beside_the_latest(tmp_path, options, best):
    numbers = iter([(0.1, 0.9), (0.9, 0.8), (0.2, 0.7)])

    def evaluate(_):
        return dict(zip(("top1", "ece"), next(numbers), strict=True))

    result = fit(tmp_path, evaluations={"test": evaluate}, **options)
    with train.Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.best == best
        assert checkpoints.steps == [best, 21, 24]
    metric = {"best": "test/top1"} | options
    sign = -1 if metric.get("lower_is_better") else 1
    wanted = sign * result.history[-1][metric["best"]]
    assert result.state.metric == np.float32(wanted)


@pytest.mark.long
def test_an_error_of_the_input_costs_the_steps_after_the_last_checkpoint(
    uninterrupted, tmp_path, monkeypatch
):
    batches = data.train_batches

    def failing(*args, **options):
        yield from itertools.islice(batches(*args, **options), 7)
        raise OSError("Input/output error")

    with monkeypatch.context() as patch, pytest.raises(OSError) as error:
        patch.setattr(data, "train_batches", failing)
        fit(tmp_path)
    assert error.value.__notes__ == [
        "CE: no next batch. The checkpoint of step 6 is intact: the same command "
        "continues from there."
    ]
    fit(tmp_path)
    assert metrics(tmp_path) == metrics(uninterrupted[0])


def test_an_error_of_the_loss_keeps_its_type(tmp_path):
    def broken(logits, labels):
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug") as error:
        fit(tmp_path, loss=broken)
    assert not isinstance(error.value, train.Error)


def test_training_images_are_evaluated_without_augmentation(tmp_path):
    images, labels = digits()[0]

    def evaluate(network):
        predictions = network.predict(digits()[0])
        np.testing.assert_array_equal(predictions.labels, labels)
        return {"top1": np.mean(predictions.classes == labels)}

    result = fit(tmp_path, evaluations={"train": evaluate}, steps=8)
    wanted = np.mean(logits_of(result.state.params, images).argmax(-1) == labels)
    assert result.history[0]["train/top1"] == pytest.approx(wanted)


@pytest.mark.long
def test_every_start_is_recorded_with_its_circumstances(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Crash(10)])
    fit(tmp_path, parallel="pmap", facts={"dataset_version": "1.0.0"})
    first, second = train.read_provenance(tmp_path)
    assert (first["step"], second["step"]) == (0, 9)
    assert first["packages"]["jax"] == jax.__version__
    assert set(first["git"] or {"revision", "dirty"}) == {"revision", "dirty"}
    assert len(first["devices"]) == 8 and first["seed"] == 0
    assert second["dataset_version"] == "1.0.0"


def test_a_full_disk_ends_a_run_with_one_error(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        train.CheckpointError, match=r"0\.0 MB are free\. Make room\. There is no"
    ):
        fit(tmp_path)
