"""What a network is trained with, except for the loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import dataclasses
from typing import TYPE_CHECKING, Any

import flax.linen as nn
import jax
import numpy as np
import optax

from adrjax import data
from experiments.harness.evaluation import Evaluation

if TYPE_CHECKING:
    from experiments.harness.method import Method

Noise = Callable[[jax.Array, np.ndarray], tuple[Any, Any]]


@dataclasses.dataclass(frozen=True)
class Steps:
    """A length in steps."""

    number: int

    def steps(self, steps_per_epoch: int) -> int:
        """Returns the number of steps."""
        return self.number

    def scaled(self, scale: float) -> Steps:
        """Returns a length that is shorter by a factor, at least one step."""
        return Steps(max(1, round(scale * self.number)))


@dataclasses.dataclass(frozen=True)
class Epochs:
    """A length in passes over the training images."""

    number: float

    def steps(self, steps_per_epoch: int) -> int:
        """Returns the number of steps."""
        return max(1, round(self.number * steps_per_epoch))

    def scaled(self, scale: float) -> Epochs:
        """Returns a length that is shorter by a factor."""
        return Epochs(scale * self.number)


@dataclasses.dataclass(frozen=True)
class Scratch:
    """A start from random parameters."""


@dataclasses.dataclass(frozen=True)
class FromRun:
    """A start from the last parameters of another run with the same seed.

    Parameters of the same name and shape are taken; the others start as they would.

    Attributes:
        recipe: The recipe of the other run.
        method: Its method.
    """

    recipe: Recipe
    method: Method


@dataclasses.dataclass(frozen=True)
class FromFile:
    """A start from a file of weights, in the folder of `--weights-dir`.

    Attributes:
        file: The name of the file.
        sha256: The checksum of its bytes, or its first digits, of which files of PyTorch
            have eight in their name.
        load: Maps `(variables, path)` to the variables to start from, a named function.
        source: Where the file comes from, for the error if it is missing.
    """

    file: str
    sha256: str
    load: Callable[[dict[str, Any], str], dict[str, Any]]
    source: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Data:
    """The training images and their labels.

    Attributes:
        dataset: The data set, with augmentation and normalization.
        split: The split to train on.
        crop: The crop that images are decoded with, batch by batch; None reads the whole
            split into memory.
        hold_out: The number of training images that are held out, chosen by `key(0)` before
            any label is corrupted. They are the split `"held-out"` of the evaluations.
        noise: Maps `(key, labels)` to noisy labels and a mask of the wrong ones, with the
            key of the seed.
        noisy_hold_out: Whether the labels of the held-out images are corrupted too, with
            another key. Without clean labels, a setting is chosen by noisy ones.
        relabelled_by: The recipe and the method of the network, of the same seed, whose
            most probable classes replace the labels.
        order: The order of the images; None shuffles them in each epoch.
    """

    dataset: data.Dataset
    split: str = "train"
    crop: Any = None
    hold_out: int = 0
    noise: Noise | None = None
    noisy_hold_out: bool = False
    relabelled_by: FromRun | None = None
    order: data.ClassBalanced | data.Repeated | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that a network is trained with, except for the loss and the seed.

    Attributes:
        name: A name for people, such as `"cifar10 alexnet"`; what decides the numbers is in
            the other fields.
        data: The training images.
        model: Maps `(images, train=...)` to `Outputs`.
        batch_size: Images a step, over all devices.
        length: The number of steps or of epochs.
        optimizer: Maps the number of steps to the optimizer; a named function.
        evaluations: What the network is measured by, by name.
        evaluate_every: The length between two evaluations; an epoch by default.
        best: The metric that chooses the best checkpoint, such as `"test/top1"`; the first
            one by default. The optimizer gets it as `metric`.
        ema_decay: The decay of a moving average of the parameters; None for no average.
        start: What the parameters start from.
        snapshots: Epochs whose checkpoints are kept; 0 is before the first step.
        reduced: The variant that two CPU cores can run.
        smoke: A small network with the same head, which stands for a large one in tests.
    """

    name: str
    data: Data
    model: nn.Module
    batch_size: int
    length: Steps | Epochs
    optimizer: Callable[[int], optax.GradientTransformation]
    evaluations: Mapping[str, Evaluation]
    evaluate_every: Steps | Epochs = Epochs(1)
    best: str | None = None
    ema_decay: float | None = None
    start: Scratch | FromRun | FromFile = Scratch()
    snapshots: tuple[int, ...] = ()
    reduced: Recipe | None = None
    smoke: nn.Module | None = None

    @property
    def chosen_by(self) -> str | None:
        """The metric that chooses the best checkpoint; None if none is recorded."""
        recorded = {k: x for k, x in self.evaluations.items() if not x.at_end}
        names = [f"{k}/{number}" for k, x in recorded.items() for number in x.metrics]
        return self.best or next(iter(names), None)

    @property
    def num_classes(self) -> int:
        """The number of classes of the data set."""
        return self.data.dataset.num_classes
