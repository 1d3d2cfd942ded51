"""What a run leaves behind, and when it refuses to start or to go on."""

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
from adrjax.train import _compiled
from tests.train._run import DATASET, Tiny, digits, fit, metrics, streamed, top1


@pytest.fixture
def workdir(undisturbed, tmp_path):
    """Returns a copy of a finished run."""
    return shutil.copytree(undisturbed[0], tmp_path / "run")


@pytest.fixture
def no_training(monkeypatch):
    def fail(*_, **__):
        raise AssertionError("it trained")

    monkeypatch.setattr(_compiled, "train_step", fail)


class Bored(train.Progress):
    """Dies without a word when a step is shown."""

    def __init__(self, step):
        super().__init__(disable=True)
        self.step = step

    def update(self, step, *_):
        if step >= self.step:
            raise KeyboardInterrupt


def contents(directory):
    files = [x for x in sorted(directory.rglob("*")) if x.is_file()]
    return {str(x.relative_to(directory)): x.read_bytes() for x in files}


def test_a_run_over_streamed_images_is_that_over_those_in_memory(undisturbed, tmp_path):
    workdir, _ = undisturbed
    train_split, test_split = streamed()
    fit(tmp_path / "run", train=train_split, test=test_split)
    assert metrics(tmp_path / "run") == metrics(workdir)


def test_every_epoch_is_a_line(undisturbed):
    workdir, result = undisturbed
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == result.history
    assert [(x["epoch"], x["step"]) for x in result.history] == [
        (1, 8),
        (2, 16),
        (3, 24),
    ]
    names = ["epoch", "step", "train_loss", "train_accuracy", "top1", "seconds"]
    assert list(result.history[0]) == names
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]
    assert result.state.step == 24


def test_evaluation_is_of_every_test_image_once(undisturbed):
    _, result = undisturbed
    images, labels = digits()[1]
    assert len(labels) % 24
    wanted = Tiny().apply(
        {"params": jax.device_get(result.state.params)},
        DATASET.normalize(images),
        train=False,
    )
    np.testing.assert_allclose(result.logits, wanted.logits, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(result.labels, labels)
    assert result.history[-1]["top1"] == np.mean(result.logits.argmax(-1) == labels)


def test_a_finished_run_returns_from_its_files(undisturbed, workdir, no_training):
    before = contents(workdir)
    again = fit(workdir)
    assert again.history == undisturbed[1].history
    np.testing.assert_array_equal(again.logits, undisturbed[1].logits)
    np.testing.assert_array_equal(again.labels, undisturbed[1].labels)
    jax.tree.map(
        np.testing.assert_array_equal, again.state.params, undisturbed[1].state.params
    )
    assert contents(workdir) == before


def test_so_it_does_without_its_checkpoints(undisturbed, workdir, no_training):
    shutil.rmtree(workdir / "checkpoints")
    again = fit(workdir)
    assert again.history == undisturbed[1].history
    assert again.state is None


def test_without_the_logits_it_evaluates_again(undisturbed, workdir, no_training):
    (workdir / "test_logits.npz").unlink()
    again = fit(workdir)
    np.testing.assert_array_equal(again.logits, undisturbed[1].logits)
    assert (workdir / "test_logits.npz").exists()


def test_another_configuration_is_refused_field_by_field(workdir, no_training):
    before = contents(workdir)
    with pytest.raises(train.WorkdirError) as error:
        fit(workdir, seed=1, config={"optimizer": {"rate": 0.1}, "depth": (1, 2)})
    assert str(error.value).splitlines() == [
        f"{workdir} holds a run of another configuration:",
        "  optimizer.rate: 0.05 there, 0.1 here",
        "  seed: 0 there, 1 here",
        "  depth: None there, [1, 2] here",
        "Choose another --workdir, or the configuration that is there, or go on from "
        "its last checkpoint with this one: --accept-changes.",
    ]
    assert contents(workdir) == before


def test_a_directory_of_other_files_is_refused(tmp_path, no_training):
    (tmp_path / "thesis.tex").write_text("dear to its author")
    with pytest.raises(
        train.WorkdirError, match=r"no config\.json.* holds thesis\.tex"
    ):
        fit(tmp_path)
    assert [x.name for x in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_line_that_was_cut_off_is_forgotten(undisturbed, workdir):
    metrics_file = workdir / "metrics.jsonl"
    metrics_file.write_text(metrics_file.read_text()[:-20])
    for step in ("23", "24"):
        shutil.rmtree(workdir / "checkpoints" / step, ignore_errors=True)
    fit(workdir)
    assert metrics(workdir) == metrics(undisturbed[0])


def nan_at(step):
    def apply(left, logits, labels):
        value = losses.cross_entropy(logits, labels)
        return jnp.where(left == 1, jnp.nan, value), left - 1

    return StatefulLoss(lambda: jnp.int32(step), apply)


@pytest.mark.parametrize(("step", "last"), [(5, 3), (16, 15), (2, None)])
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


def test_a_loss_that_is_not_finite_is_noticed_within_50_steps(tmp_path, monkeypatch):
    steps = []

    def counted(step, **options):
        run = train.parallel_train(step, **options)
        return lambda *arguments: steps.append(1) or run(*arguments)

    monkeypatch.setattr(_compiled, "parallel_train", counted)
    images, labels = digits()[0]
    many = data.Split(np.tile(images, (3, 1, 1, 1)), np.tile(labels, 3))  # 75 steps
    with pytest.raises(train.NonFiniteLossError, match="step 2"):
        fit(tmp_path, loss=nan_at(2), train=many, batch_size=8, save_every=None)
    assert len(steps) <= 50


def test_a_metric_that_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nan for 'auc'"):
        fit(tmp_path, evaluate=lambda *_: {"auc": float("nan")})
    assert not (tmp_path / "metrics.jsonl").exists()


def test_step_and_evaluation_are_compiled_once(tmp_path):
    traced = []

    class Counted(Tiny):
        @nn.compact
        def __call__(self, x, *, train):
            traced.append("train" if train else len(x))
            return super().__call__(x, train=train)

    fit(tmp_path, model=Counted(), batch_size=24, evaluate_train=top1)
    assert sorted(set(traced), key=str) == [1, 3, "train"]
    assert traced.count("train") == 1
    assert traced.count(3) == 1  # of 24 on 8 devices; 1 is that of the initialization


def test_the_state_of_the_loss_is_saved_and_told_of_every_epoch(tmp_path):
    loss = StatefulLoss(
        init=lambda: {"steps": jnp.int32(0), "ends": (jnp.int32(0), jnp.int32(0))},
        apply=lambda state, z, y: (
            losses.cross_entropy(z, y),
            state | {"steps": state["steps"] + 1},
        ),
        end_epoch=lambda state: state | {"ends": (state["steps"], state["steps"])},
    )
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, loss=loss, watchers=[Bored(10)])
    result = fit(tmp_path, loss=loss)
    (states,) = jax.device_get(result.state.loss_states)
    assert states["loss"] == {"steps": 24, "ends": (24, 24)}


def test_it_goes_on_with_another_number_of_devices(undisturbed, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Bored(13)])
    result = fit(tmp_path, devices=1)
    assert len(result.state.params["head"]["kernel"].devices()) == 1
    for ours, theirs in zip(metrics(tmp_path), metrics(undisturbed[0]), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_max_steps_ends_it_early_and_a_workdir_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    schedule = optax.cosine_decay_schedule(0.1, 24)
    result = fit("runs/one", max_steps=2, optimizer=optax.sgd(schedule))
    assert [(x["epoch"], x["step"]) for x in result.history] == [(1, 2)]
    assert result.logits.shape == (101, 10)
    assert result.state.step == 2
    assert (tmp_path / "runs" / "one" / "checkpoints" / "2").is_dir()


def test_the_best_checkpoint_outlives_the_latest(tmp_path):
    scores = iter([0.9, 0.1, 0.2])
    fit(tmp_path, evaluate=lambda *_: {"top1": next(scores)})
    with train.Checkpoints(tmp_path / "checkpoints") as checkpoints:
        assert checkpoints.best == 8
        assert checkpoints.steps == [8, 21, 24]


def test_the_moving_average_is_evaluated(tmp_path):
    result = fit(tmp_path, ema_decay=0.9, max_steps=4)
    images = DATASET.normalize(digits()[1].images)
    params = jax.device_get(result.state.ema)
    wanted = Tiny().apply({"params": params}, images, train=False).logits
    np.testing.assert_allclose(result.logits, wanted, rtol=1e-5, atol=1e-5)
    assert not np.allclose(
        params["head"]["kernel"], result.state.params["head"]["kernel"]
    )


def test_an_error_of_the_input_costs_what_came_after_the_last_checkpoint(
    undisturbed, tmp_path, monkeypatch
):
    batches = data.train_batches

    def failing(*args, **options):
        yield from itertools.islice(batches(*args, **options), 7)
        raise OSError("Input/output error")

    with monkeypatch.context() as patch, pytest.raises(OSError) as error:
        patch.setattr(data, "train_batches", failing)
        fit(tmp_path)
    assert error.value.__notes__ == [
        "CE: no next batch. The checkpoint of step 6 stands: the same command goes on "
        "from there."
    ]
    fit(tmp_path)
    assert metrics(tmp_path) == metrics(undisturbed[0])


def test_two_runs_do_not_train_in_one_directory(tmp_path):
    class Second(Bored):
        def start(self, run):
            with pytest.raises(train.WorkdirError, match="another process trains in"):
                fit(run.workdir)

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Second(1)])


def test_a_changed_configuration_is_taken_on_if_told(workdir):
    result = fit(workdir, epochs=4, accept_changes=True)
    assert [x["epoch"] for x in result.history] == [1, 2, 3, 4]
    assert json.loads((workdir / "config.json").read_text())["epochs"] == 4
    assert fit(workdir, epochs=4).history == result.history


def test_training_images_are_evaluated_if_asked(tmp_path):
    images, labels = digits()[0]

    def seen(predictions):
        np.testing.assert_array_equal(predictions.labels, labels)
        assert predictions.feature_norms.shape == labels.shape
        return {"fitted": top1(predictions)["top1"]}

    result = fit(tmp_path, evaluate_train=seen, epochs=1)
    logits = (
        Tiny()
        .apply(
            {"params": jax.device_get(result.state.params)},
            DATASET.normalize(images),
            train=False,
        )
        .logits
    )
    wanted = np.mean(np.argmax(logits, axis=-1) == labels)
    assert result.history[0]["fitted"] == pytest.approx(wanted)


def test_every_start_is_kept_with_what_it_came_from(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, watchers=[Bored(10)])
    fit(tmp_path, devices=4, facts={"dataset_version": "1.0.0"})
    first, second = json.loads((tmp_path / "provenance.json").read_text())
    assert (first["step"], second["step"]) == (0, 9)
    assert first["packages"]["jax"] == jax.__version__
    assert set(first["git"] or {"revision", "dirty"}) == {"revision", "dirty"}
    assert len(first["devices"]) == 8 and first["seed"] == 0
    assert second["dataset_version"] == "1.0.0"


def test_a_full_disk_ends_it_with_one_error(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        train.CheckpointError, match=r"0\.0 MB are free\. Make room\. There is no"
    ):
        fit(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 201}, "201 wants as many training images, there are 200"),
        ({"batch_size": 12}, "batch_size 12 must be a multiple of the 8 devices"),
        ({"devices": 9}, r"devices must be in 1\.\.8 of this process, got 9"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path, changes, message
):
    with pytest.raises(ValueError, match=message):
        fit(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()
