"""train.fit checks its arguments before it does or writes anything."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data, losses, train
from tests.train._run import digits, fit, metrics


def constant(logits, labels):
    return 0 * logits[..., 0] + 5.0


def other_test(images=slice(None), **labels):
    """Returns the test split, some of its images, with other labels if given."""
    whole = digits()[1]
    return data.Split(whole.images[images], labels.get("labels", whole.labels[images]))


def labels_with(split, label):
    labels = np.array(digits()[split].labels)
    labels[5] = label
    return digits()[split]._replace(labels=labels)


REFUSED = [
    ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ({"batch_size": 201}, "batch_size must be at most the 200 training images, got"),
    ({"batch_size": 12}, "batch_size must be a multiple of the 8 devices, got 12"),
    ({"epochs": 0}, "epochs must be at least 1, got 0"),
    ({"epochs": -1}, "epochs must be at least 1, got -1"),
    ({"max_steps": 0}, "max_steps must be at least 1, got 0"),
    ({"max_steps": -1}, "max_steps must be at least 1, got -1"),
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
    ({"facts": {"step": 1}}, "fields of facts must not be named 'step'"),
    ({"loss": {}}, "loss must have at least one part"),
    ({"loss": {"loss": constant}}, "parts of a loss must not be named 'loss'"),
    ({"loss": {"accuracy": constant}}, "must not be named 'accuracy'"),
    ({"loss": {"then": constant}}, "must not be named 'then'"),
    ({"then": {"loss": constant}}, "must not be named 'loss'"),
]
SPLITS = [
    (lambda: {"train": labels_with(0, 10)}, "train labels must lie in 0..9 for the 10"),
    (lambda: {"test": labels_with(1, 99)}, "test labels must lie in 0..9 .*got 0..99"),
    (lambda: {"test": labels_with(1, -1)}, "test labels must lie in 0..9 .*got -1..9"),
    (lambda: {"test": other_test(slice(0))}, "test must have at least one image"),
    (
        lambda: {"test": other_test(labels=np.zeros(3, int))},
        "test must have one label an image, got 101 images and 3 labels",
    ),
    (
        lambda: {"test": data.Split(digits()[1].images[:, :4], digits()[1].labels)},
        r"test must have images of shape \(8, 8, 1\), as train has, got \(4, 8, 1\)",
    ),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_fit_refuses_an_argument_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(train.ArgumentError, match=message) as error:
        fit(tmp_path / "run", **changes)
    assert isinstance(error.value, ValueError)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("changes", "message"), SPLITS)
def test_fit_refuses_a_split_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(train.ArgumentError, match=message):
        fit(tmp_path / "run", **changes())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 24.0),
        ("epochs", 1.5),
        ("epochs", [3]),
        ("max_steps", "2"),
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
    floating = np.zeros(101, np.float32)
    with pytest.raises(TypeError, match="test labels must be integers, got float32"):
        fit(tmp_path / "run", test=other_test(labels=floating))


def test_fit_takes_numpy_numbers(uninterrupted, tmp_path):
    result = fit(
        tmp_path,
        batch_size=np.int32(24),
        epochs=np.int64(3),
        seed=np.uint8(0),
        max_steps=np.int16(8),
        save_every=np.int64(3),
        devices=np.int64(8),
        config={"rate": np.float32(0.5), "taus": np.arange(2), "x": jnp.int32(1)},
        facts={"images": np.int64(200)},
    )
    assert metrics(tmp_path) == metrics(uninterrupted[0])[:1]
    assert result.history[-1]["step"] == 8
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["rate"], config["taus"], config["x"]) == (0.5, [0, 1], 1)
    assert (config["batch_size"], config["seed"], config["max_steps"]) == (24, 0, 8)


@pytest.mark.parametrize(
    ("metrics_of", "message"),
    [
        ({"auc": float("nan")}, "evaluate must return finite numbers, got nan for 'au"),
        ({"step": 1.0}, "metrics of evaluate must not be named 'step'"),
        ({"train_loss": 1.0}, "metrics of evaluate must not be named 'train_loss'"),
        ({"seconds": 1.0}, "metrics of evaluate must not be named 'seconds'"),
    ],
)
def test_fit_refuses_metrics_before_it_records_them(tmp_path, metrics_of, message):
    with pytest.raises(train.ArgumentError, match=message):
        fit(tmp_path, evaluate=lambda _: metrics_of)
    assert not (tmp_path / "metrics.jsonl").exists()


def test_objective_names_the_parts_of_a_loss():
    parts = train.objective({"base": losses.cross_entropy, "regularizer": constant})
    assert [*parts] == ["base", "regularizer"]
    assert [*train.objective(losses.cross_entropy)] == ["loss"]
