"""What tells a run from others."""

import dataclasses
import functools
import math
import sys

import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import data, losses, train
from experiments.harness import Classification, Epochs, FromFile, FromRun, Method, Steps
from experiments.harness.identity import describe, digest, slug
from experiments.harness.metrics import NLL, TOP1
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import CE, RECIPE, TEST, TOY, run, with_data

POINTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def with_dataset(**changes):
    return run(recipe=with_data(dataset=dataclasses.replace(TOY, **changes)))


def other_affine():
    """Returns another class of the same name and fields."""
    return type("Affine", (_toy.Affine,), {"__module__": "tests.elsewhere"})()


CHANGED = {
    "loss": run(Method(losses.focal)),
    "setting": run(Method(_toy.weighted, {"weight": 0.0})),
    "other setting": run(Method(_toy.weighted, {"weight": 1.0})),
    "then": run(Method(losses.cross_entropy, then=CE)),
    "on": run(Method(losses.cross_entropy, on="features")),
    "array": run(Method(losses.cross_entropy, {"points": POINTS})),
    "other array": run(Method(losses.cross_entropy, {"points": 2 * POINTS})),
    "its dtype": run(Method(losses.cross_entropy, {"points": POINTS.astype(int)})),
    "optimizer": run(optimizer=functools.partial(_toy.scaled_sgd, rate=0.1)),
    "rate": run(optimizer=functools.partial(_toy.scaled_sgd, rate=0.2)),
    "model field": run(model=_toy.Affine(11)),
    "model class": run(model=other_affine()),
    "batch size": run(batch_size=32),
    "epochs": run(length=Epochs(3)),
    "steps": run(length=Steps(2)),
    "evaluate every": run(evaluate_every=Epochs(2)),
    "mean": with_dataset(mean=(0.6,)),
    "std": with_dataset(std=(0.6,)),
    "augment": with_dataset(augment=data.augment.pad_crop_flip),
    "relabel": with_dataset(relabel={0: 0}),
    "split": run(recipe=with_data(split="test")),
    "noise": run(recipe=with_data(noise=_toy.flip_all)),
    "rate of noise": run(recipe=with_data(noise=functools.partial(_toy.flip_all, 1))),
    "hold out": run(recipe=with_data(hold_out=8)),
    "order": run(recipe=with_data(order=data.ClassBalanced(4, 4))),
    "crop": run(recipe=with_data(crop=data.CenterCrop(4))),
    "relabelled by": run(recipe=with_data(relabelled_by=FromRun(RECIPE, CE))),
    "start": run(start=FromRun(RECIPE, CE)),
    "source": run(start=FromRun(RECIPE, _toy.HALF)),
    "file": run(start=FromFile("a", "1", _toy.weighted, "b")),
    "its checksum": run(start=FromFile("a", "2", _toy.weighted, "b")),
    "best": run(best="test/NLL"),
    "EMA": run(ema_decay=0.9),
    "snapshots": run(snapshots=(1,)),
}


def test_a_change_of_anything_that_decides_numbers_is_another_directory(tmp_path):
    found = {"": run()} | CHANGED
    directories = {key: x.directory(tmp_path) for key, x in found.items()}
    assert len({*directories.values()}) == len(found)
    assert len({x.identity for x in found.values()}) == len(found)


@pytest.mark.parametrize(
    "same",
    [
        run(recipe=with_data(dataset=dataclasses.replace(TOY, files="elsewhere"))),
        run(recipe=with_data(dataset=dataclasses.replace(TOY, sizes={"train": 64}))),
        run(evaluations={"test": TEST, "more": TEST}),
        run(evaluations={"test": Classification({"top1": NLL})}),
        run(reduced=RECIPE, smoke=_toy.Affine(3)),
        run(recipe=with_data(dataset=dataclasses.replace(TOY, mean=tuple([0.5])))),
        run(model=_toy.Affine(num_classes=10)),
        run(best="test/top1"),  # the default
    ],
)
def test_what_decides_no_number_is_the_same_directory(tmp_path, same):
    assert same.directory(tmp_path) == run().directory(tmp_path)


def test_the_best_metric_is_the_first_that_is_recorded():
    at_end = dataclasses.replace(TEST, at_end=True)
    chosen = dataclasses.replace(RECIPE, evaluations={"a": at_end, "b": TEST})
    assert chosen.chosen_by == "b/top1"
    assert dataclasses.replace(RECIPE, evaluations={}).chosen_by is None


def test_seeds_share_an_identity_and_have_a_directory_each(tmp_path):
    first, second = run(), run(seed=1)
    assert first.identity == second.identity
    assert first.with_seed(1).directory(tmp_path) == second.directory(tmp_path)
    assert second.directory(tmp_path).name == "seed1"


def test_slugs_that_are_equal_have_directories_of_their_own(tmp_path):
    assert slug("AlexNet CE+ADR, Eq. (4)") == "alexnet-ce-adr-eq.-4"
    assert slug("lg lambda -2") == slug("lg lambda 2")
    down, up = (
        run(Method(_toy.weighted, {"weight": w}), name=f"lg lambda {w}")
        for w in (-2, 2)
    )
    assert down.directory(tmp_path) != up.directory(tmp_path)
    long = run(Method(_toy.weighted, {"weight": 1, "note": "x" * 100}))
    assert len(long.directory(tmp_path).parent.name) < 80


def closure():
    def loss(logits, labels):
        return losses.cross_entropy(logits, labels)

    return loss


class Object:
    def loss(self, logits, labels):
        return logits

    def __call__(self, logits, labels):
        return logits


@pytest.mark.parametrize(
    "anonymous",
    [
        lambda logits, labels: losses.cross_entropy(logits, labels),
        closure(),
        Object().loss,
        Object(),
        functools.partial(closure(), weight=1),
    ],
    ids=["lambda", "closure", "bound method", "object", "partial"],
)
def test_what_has_no_name_is_refused_with_the_reason(anonymous):
    with pytest.raises(
        train.ArgumentError,
        match=r"the optimizer of toy must be a function at the top level of a module.*"
        "are found again by the name",
    ):
        run(optimizer=anonymous).description()


def test_functions_are_described_by_module_and_name():
    assert describe(_toy.sgd) == "tests.experiments.harness._toy.sgd"
    assert describe(jnp.float32) == "jax.numpy.float32"
    for function in (jnp.tanh, np.tanh, math.sqrt, losses.cross_entropy):
        assert describe(function)
    bound = describe(functools.partial(_toy.flip_all, 1, labels=2))
    assert bound == {f"{_toy.__name__}.flip_all": {"0": 1, "labels": 2}}


def test_a_page_that_is_run_as_a_script_has_the_names_of_its_module(monkeypatch):
    monkeypatch.setattr(_toy.sgd, "__module__", "__main__")
    monkeypatch.setattr(_toy.Affine, "__module__", "__main__")

    monkeypatch.setattr(sys.modules["__main__"], "__spec__", _toy.__spec__)
    assert describe(_toy.sgd) == f"{_toy.__name__}.sgd"
    assert describe(_toy.Affine()) == {"class": f"{_toy.__name__}.Affine"}


def test_numbers_and_arrays_are_described_by_their_values():
    assert describe(math.inf) == "inf" and describe(np.float32(math.nan)) == "nan"
    assert describe(np.int64(3)) == 3 and describe(jnp.ones(())) == 1.0
    assert describe(POINTS) == describe(jnp.asarray(POINTS))
    assert describe(POINTS) != describe(POINTS.T)
    assert describe(np.asfortranarray(POINTS)) == describe(POINTS)
    assert describe({1: (2, None)}) == {"1": [2, None]}
    assert describe(frozenset([2, 1])) == describe(range(1, 3)) == [1, 2]
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1})


def test_metrics_are_described_by_their_functions():
    assert describe({"a": TOP1}) != describe({"a": NLL})
