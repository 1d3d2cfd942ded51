"""A page of seconds: 64 images of noise, a network of one layer, two losses.

python -m tests.experiments.harness._toy
"""

import dataclasses
import pathlib

import flax.linen as nn
import jax
import numpy as np
import optax

from adrjax import Outputs, data, losses, regularizers, train
from experiments.harness import (
    Cell,
    Classification,
    Data,
    Epochs,
    Method,
    Recipe,
    Run,
    Table,
    main,
)
from experiments.harness.metrics import NLL, TOP1
from experiments.harness.runner import Runner, Settings

RNG = np.random.default_rng(0)
LABELS = RNG.integers(10, size=101).astype(np.int32)
PATTERNS = RNG.integers(200, size=(10, 4, 4, 1))
IMAGES = (PATTERNS[LABELS] + RNG.integers(55, size=(101, 4, 4, 1))).astype(np.uint8)
PARTS = {"train": slice(0, 64), "test": slice(64, 101)}  # 37, which nothing divides


class Affine(nn.Module):
    """One layer."""

    num_classes: int = 10

    @nn.compact
    def __call__(self, x, *, train):
        features = x.reshape(len(x), -1)
        return Outputs(features, nn.Dense(self.num_classes, name="head")(features))


class Toy(data.Dataset):
    """Images of noise around the pattern of their class."""

    def read(self, split, data_dir=None):
        return data.Split(IMAGES[PARTS[split]], LABELS[PARTS[split]])


def flip_all(key, labels):
    """Noise that makes every label wrong."""
    return (labels + 1) % 10, np.ones(len(labels), bool)


def flip_some(key, labels):
    """Noise that differs between the seeds."""
    wrong = np.asarray(jax.random.bernoulli(key, 0.5, labels.shape))
    return np.where(wrong, (labels + 1) % 10, labels), wrong


def sgd(steps):
    return optax.sgd(optax.cosine_decay_schedule(0.1, steps), momentum=0.9)


def scaled_sgd(steps, *, rate):
    return optax.sgd(rate)


def weighted(logits, labels, *, weight):
    return weight * losses.cross_entropy(logits, labels)


def parts(logits, labels):
    base = losses.cross_entropy(logits, labels)
    return {"base": base, "regularizer": 0.1 * regularizers.entropy(logits)}


TOY = Toy("toy", 10, (4, 4, 1), (0.5,), (0.25,))
TEST = Classification({"top1": TOP1, "NLL": NLL})
RECIPE = Recipe(
    name="toy",
    data=Data(dataset=TOY),
    model=Affine(),
    batch_size=16,
    length=Epochs(2),
    optimizer=sgd,
    evaluations={"test": TEST},
)
CE = Method(losses.cross_entropy)
HALF = Method(weighted, {"weight": 0.5})


def with_data(recipe=RECIPE, **changes):
    return dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, **changes))


def run(method=CE, recipe=RECIPE, seed=0, **changes):
    return Run(dataclasses.replace(recipe, **changes), method, seed)


def runner(root, **options):
    """Returns a runner on one device, which is enough for most tests."""
    said = []
    own = {k: options.pop(k) for k in ("variant", "smoke") if k in options}
    settings = {"machine": train.Machine(devices=1), "say": said.append} | options
    made = Runner(pathlib.Path(root), Settings(**settings), **own)
    return made, said


ROWS = {"CE": CE, "half": HALF}


def cell(row, column):
    return Cell(Run(RECIPE, ROWS[row]), f"test/{column}")


PAGE = Table(
    needs="nothing",
    full="seconds",
    rows=[*ROWS],
    columns=["top1", "NLL"],
    cell=cell,
    paper="""
              top1     NLL
        CE   60.1±.2    -
        half  60.0     1.2   quoted
    """,
    seeds=2,
)

if __name__ == "__main__":
    main(PAGE)
