"""train.fit checks its arguments before it does or writes anything."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data, losses, train
from tests.train._run import digits, fit, metrics, top1


def constant(logits, labels):
    return 0 * logits[..., 0] + 5.0


def labels_of(labels, images=slice(None)):
    """Returns some of the training images with other labels."""
    return data.Split(digits()[0].images[images], np.asarray(labels))


def labels_with(label):
    labels = np.array(digits()[0].labels)
    labels[5] = label
    return labels_of(labels)


REFUSED = [
    ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ({"batch_size": 201}, "batch_size must be at most the 200 training images, got"),
    ({"batch_size": 12}, "batch_size must be a multiple of the 8 devices, got 12"),
    ({"steps": 0}, "steps must be at least 1, got 0"),
    ({"steps": -1}, "steps must be at least 1, got -1"),
    ({"record_every": 0}, "record_every must be at least 1, got 0"),
    ({"snapshots": [0, -1]}, "snapshots must be at least 0, got -1"),
    ({"save_every": 0}, "save_every must be at least 1, got 0"),
    ({"seed": -1}, r"seed must be in 0\.\.4294967295, got -1"),
    ({"seed": 2**32}, r"seed must be in 0\.\.4294967295, got 4294967296"),
    ({"devices": 0}, r"devices must be in 1\.\.8 of this process, got 0"),
    ({"devices": 9}, r"devices must be in 1\.\.8 of this process, got 9"),
    ({"ema_decay": 1.0}, r"ema_decay must lie in \[0, 1\), got 1\.0"),
    ({"ema_decay": -0.1}, r"ema_decay must lie in \[0, 1\), got -0\.1"),
    ({"ema_decay": float("nan")}, r"ema_decay must lie in \[0, 1\), got nan"),
    ({"parallel": "jit"}, "parallel must be one of .*, got 'jit'"),
    ({"config": {"rate": float("nan")}}, "config must hold .* finite numbers"),
    ({"config": {"rate": {1, 2}}}, r"config must hold strings, .*set \{1, 2\}"),
    ({"config": {"seed": 1}}, "fields of config must not be named 'seed'"),
    ({"config": {"program": 1}}, "fields of config must not be named 'program'"),
    ({"best": "top1"}, r"'name/metric', with one of the names test, got 'top1'"),
    ({"best": "other/top1"}, "with one of the names test, got 'other/top1'"),
    ({"best": "a/b", "evaluations": {}}, "there are no evaluations"),
    ({"evaluations": {"train_set": top1}}, r"named train_\.\.\., .* got 'train_set'"),
    (
        {"order": data.ClassBalanced(classes=5, images=4)},
        r"order: batch_size must be classes \* images = 5 \* 4 = 20, got 24",
    ),
    (
        {"order": data.ClassBalanced(classes=24, images=1)},
        "order: classes must be at most the 10 classes of the split's labels, got 24",
    ),
    ({"facts": {"step": 1}}, "fields of facts must not be named 'step'"),
    ({"loss": {}}, "loss must have at least one part"),
    ({"loss": {"loss": constant}}, "parts of a loss must not be named 'loss'"),
    ({"loss": {"accuracy": constant}}, "must not be named 'accuracy'"),
    ({"loss": {"then": constant}}, "must not be named 'then'"),
    ({"then": {"loss": constant}}, "must not be named 'loss'"),
]
SPLITS = [
    (lambda: labels_with(10), "train labels must lie in 0..9 for the 10"),
    (lambda: labels_with(99), "train labels must lie in 0..9 .*got 0..99"),
    (lambda: labels_with(-1), "train labels must lie in 0..9 .*got -1..9"),
    (lambda: labels_of([], slice(0)), "train must have at least one image"),
    (
        lambda: labels_of(np.zeros(3, int)),
        "train must have one label an image, got 200 images and 3 labels",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_fit_refuses_an_argument_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(train.ArgumentError, match=message) as error:
        fit(tmp_path / "run", **changes)
    assert isinstance(error.value, ValueError)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("split", "message"), SPLITS)
def test_fit_refuses_a_split_before_anything_is_written(tmp_path, split, message):
    with pytest.raises(train.ArgumentError, match=message):
        fit(tmp_path / "run", train=split())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 24.0),
        ("steps", 1.5),
        ("steps", [3]),
        ("record_every", "2"),
        ("snapshots", [0.5]),
        ("save_every", True),
        ("seed", None),
        ("devices", 8.0),
        ("ema_decay", [0.9]),
    ],
)
def test_fit_names_an_argument_of_another_type(tmp_path, name, value):
    with pytest.raises(TypeError, match=f"{name} must be a"):
        fit(tmp_path / "run", **{name: value})
    assert not (tmp_path / "run").exists()


def test_fit_names_labels_of_another_type(tmp_path):
    floating = labels_of(np.zeros(200, np.float32))
    with pytest.raises(TypeError, match="train labels must be integers, got float32"):
        fit(tmp_path / "run", train=floating)
    assert not (tmp_path / "run").exists()


def test_fit_takes_numpy_numbers(uninterrupted, tmp_path):
    result = fit(
        tmp_path,
        batch_size=np.int32(24),
        steps=np.int64(8),
        seed=np.uint8(0),
        record_every=np.int16(8),
        snapshots=np.arange(1),
        save_every=np.int64(3),
        devices=np.int64(8),
        config={"rate": np.float32(0.5), "taus": np.arange(2), "x": jnp.int32(1)},
        facts={"images": np.int64(200)},
    )
    assert metrics(tmp_path) == metrics(uninterrupted[0])[:1]
    assert result.history[-1]["step"] == 8
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["rate"], config["taus"], config["x"]) == (0.5, [0, 1], 1)
    assert (config["batch_size"], config["seed"], config["steps"]) == (24, 0, 8)


@pytest.mark.parametrize(
    ("metrics_of", "message"),
    [
        ({"auc": float("nan")}, "evaluation 'train' must return finite .* nan for 'au"),
        ({"auc": float("inf")}, "evaluation 'train' must return finite .* inf for 'au"),
        ({"loss": 1.0}, "metrics of evaluations must not be named 'train/loss'"),
        ({"auc": 1.0}, "best must be a metric .*, train/auc, got 'train/top1'"),
    ],
)
def test_fit_refuses_metrics_before_it_records_them(tmp_path, metrics_of, message):
    with pytest.raises(train.ArgumentError, match=message):
        fit(
            tmp_path,
            evaluations={"train": lambda _: metrics_of},
            best="train/top1",
            steps=1,
        )
    assert not (tmp_path / "metrics.jsonl").exists()


def test_objective_names_the_parts_of_a_loss():
    parts = train.objective({"base": losses.cross_entropy, "regularizer": constant})
    assert [*parts] == ["base", "regularizer"]
    assert [*train.objective(losses.cross_entropy)] == ["loss"]
