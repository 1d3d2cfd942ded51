"""The hash of a step's program, in config.json, tells a run from others."""

import dataclasses
import functools
import json
import re
import shutil

import jax
import numpy as np
import optax
import pytest

from adrjax import data, losses, train
from adrjax.train import _fit
from adrjax.train._programs import programs
from tests.train._run import DATASET, Tiny, contents, digits, fit, on_logits


def task(loss=losses.cross_entropy, **changes):
    fields = {
        "name": "CE",
        "model": Tiny(),
        "objectives": [on_logits(loss)],
        "optimizer": optax.sgd(0.05, momentum=0.9),
        "dataset": DATASET,
        "train": digits()[0],
        "batch_size": 24,
        "steps": 24,
    }
    return train.Task(**(fields | changes))


def fingerprint(machine=None, **changes):
    return programs(task(**changes), machine or train.Machine()).fingerprint()


def weighted(weight, loss=losses.cross_entropy):
    return lambda logits, labels: weight * loss(logits, labels)


def transition(rate):
    """Returns a loss that closes over an array."""
    matrix = np.full((10, 10), rate / 9, np.float32)
    np.fill_diagonal(matrix, 1 - rate)
    return functools.partial(losses.forward_correction, transition=matrix)


def padded(padding):
    augment = functools.partial(data.augment.pad_crop_flip, padding=padding)
    return dataclasses.replace(DATASET, augment=augment)


CHANGES = {
    "the loss": {"loss": losses.complement_entropy},
    "its weight": {"loss": weighted(0.5)},
    "a weight of 0": {"loss": weighted(0.0)},
    "a second update": {
        "objectives": [on_logits(losses.cross_entropy), on_logits(weighted(0.5))]
    },
    "an array": {"loss": transition(0.1)},
    "another array": {"loss": transition(0.2)},
    "the rate": {"optimizer": optax.sgd(0.1, momentum=0.9)},
    "the momentum": {"optimizer": optax.sgd(0.05, momentum=0.8)},
    "the augmentation": {"dataset": padded(2)},
    "none": {"dataset": dataclasses.replace(DATASET, augment=None)},
    "the normalization": {"dataset": dataclasses.replace(DATASET, std=(0.5,))},
    "the average": {"ema_decay": 0.9},
    "its decay": {"ema_decay": 0.99},
    "the batch": {"batch_size": 16},
}


def test_fingerprint_is_the_same_on_any_machine():
    machines = [
        train.Machine(parallel=parallel, devices=devices)
        for parallel in ("pmap", "shard_map")
        for devices in (1, 8, None)
    ]
    assert len({fingerprint(machine) for machine in machines}) == 1
    jax.clear_caches()
    assert fingerprint() == fingerprint(machines[0])
    assert len(fingerprint()) == 16


def test_fingerprint_differs_with_what_a_step_computes():
    found = {"nothing": fingerprint()}
    found |= {name: fingerprint(**changes) for name, changes in CHANGES.items()}
    assert len(set(found.values())) == len(found), found


def test_fingerprint_does_not_depend_on_the_images_or_the_length():
    images, labels = digits()[0]
    assert fingerprint() == fingerprint(
        train=data.Split(images[::-1], labels[::-1]), steps=99, record_every=3
    )


def git_of(monkeypatch, **git):
    monkeypatch.setattr(_fit, "provenance", lambda: {"git": git or None})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    directory = tmp_path_factory.mktemp("trained") / "run"
    with pytest.MonkeyPatch.context() as patch:
        git_of(patch, revision="abc123", dirty=False)
        fit(directory, steps=1)
    return directory


@pytest.fixture
def one_step(trained, tmp_path):
    """Returns the directory of a run of one step, by a known revision."""
    return shutil.copytree(trained, tmp_path / "run")


def test_a_changed_program_is_refused_with_the_revision(one_step, no_training):
    before = contents(one_step)
    for loss in (weighted(2.0), weighted(0.0)):
        with pytest.raises(train.WorkdirError) as error:
            fit(one_step, steps=1, loss=loss)
        assert str(error.value).splitlines() == [
            f"{one_step} holds a run of another configuration:",
            "  The program of a training step is another one under the same settings: "
            "the code of the loss, the network, the optimizer or the augmentation was "
            "changed. It was last started by revision abc123.",
            "Choose another directory, or use the configuration of that run, or "
            "continue from its last checkpoint with this one: accept_changes=True, or "
            "--accept-changes.",
        ]
        assert contents(one_step) == before


@pytest.mark.parametrize(
    ("git", "message"),
    [
        ({"revision": "abc", "dirty": True}, r"revision abc with changes\.$"),
        ({}, r"was changed\.$"),
    ],
)
def test_a_changed_program_is_refused_with_what_is_known(
    tmp_path, monkeypatch, git, message
):
    git_of(monkeypatch, **git)
    fit(tmp_path, steps=1)
    with pytest.raises(train.WorkdirError) as error:
        fit(tmp_path, steps=1, loss=weighted(2.0))
    assert re.search(message, str(error.value).splitlines()[1])


def test_a_changed_program_continues_if_accepted(one_step, monkeypatch):
    git_of(monkeypatch, revision="def456", dirty=False)
    changes = {"steps": 2, "loss": weighted(2.0)}
    result = fit(one_step, **changes, accept_changes=True)
    assert [x["step"] for x in result.history] == [1, 2]
    assert fit(one_step, **changes).state is None
    with pytest.raises(train.WorkdirError, match="last started by revision def456"):
        fit(one_step, steps=2)


def test_other_settings_are_named_without_the_program(one_step, no_training):
    with pytest.raises(train.WorkdirError) as error:
        fit(one_step, steps=1, batch_size=16)
    assert str(error.value).splitlines()[1:-1] == ["  batch_size: 24 there, 16 here"]


def test_a_program_of_another_version_is_not_compared(one_step, no_training):
    file = one_step / "config.json"
    config = json.loads(file.read_text())
    (made_by,) = config["program"]
    assert made_by.startswith(f"jax {jax.__version__}, flax ")
    config["program"] = {"jax 0.9, flax 0.1, optax 0.1": "0123456789abcdef"}
    file.write_text(json.dumps(config))
    assert fit(one_step, steps=1).state is None
    with pytest.raises(train.WorkdirError, match="seed: 0 there, 1 here"):
        fit(one_step, steps=1, seed=1)


@pytest.mark.parametrize("accept_changes", [False, True])
def test_a_directory_of_the_old_layout_is_refused(
    one_step, no_training, accept_changes
):
    file = one_step / "config.json"
    config = json.loads(file.read_text())
    for layout in ({}, {"layout": 1}, {"layout": 3}):
        old = {name: x for name, x in config.items() if name != "layout"} | layout
        file.write_text(json.dumps(old))
        before = contents(one_step)
        with pytest.raises(train.WorkdirError) as error:
            fit(one_step, steps=1, accept_changes=accept_changes)
        assert str(error.value) == (
            f"{one_step} was written by a version of adrjax whose runs this one cannot "
            "continue: choose another directory, or move it away."
        )
        assert contents(one_step) == before
