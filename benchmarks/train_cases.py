"""The training that benchmarks.train measures: networks on random images."""

from collections.abc import Callable, Sequence
import dataclasses
import functools
import itertools
from typing import Any, Literal, NamedTuple

import jax
import numpy as np
import optax

import adrjax
from adrjax import backbones, data, heads, losses, train

Network = Literal[
    "AlexNet",
    "CifarResNet20",
    "CifarResNet56",
    "PreActResNet44",
    "MobileNetV2",
    "LeNet",
    "IEMnist2D",
    "ResNet50",
    "ViTBase16",
]
Dtype = Literal["float32", "bfloat16"]
RATE, MOMENTUM = 0.01, 0.9
LOSS = adrjax.select(losses.cross_entropy, "logits")
_SMALL = data.cifar10(data.augment.pad_crop_flip)
_GREY = data.mnist()
_LARGE = dataclasses.replace(data.imagenet2012(data.augment.flip), shape=(224, 224, 3))
_DATASETS = {
    "LeNet": _GREY,
    "IEMnist2D": _GREY,
    "ResNet50": _LARGE,
    "ViTBase16": _LARGE,
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A network and the size of its training.

    Attributes:
        network: A member of `adrjax.backbones`.
        dtype: The compute precision.
        batch_size: Images per step.
        steps: Steps per epoch.
        steps_per_dispatch: Steps that one program of the loop runs.
    """

    network: Network
    dtype: Dtype
    batch_size: int
    steps: int
    steps_per_dispatch: int = 1

    @property
    def dataset(self) -> data.Dataset:
        """The data set, for its augmentation and normalization."""
        return _DATASETS.get(self.network, _SMALL)

    @property
    def model(self) -> heads.Classifier:
        """The network, without dropout, with a linear classifier."""
        options = {"dropout": 0.0} if self.network == "MobileNetV2" else {}
        return heads.Classifier(
            backbone=getattr(backbones, self.network)(dtype=self.dtype, **options),
            head=heads.Linear(self.dataset.num_classes),
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of an image."""
        assert self.dataset.shape is not None
        return self.dataset.shape

    def random(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns n random images and labels."""
        rng = np.random.default_rng(0)
        images = rng.integers(256, size=(n, *self.shape), dtype=np.uint8)
        return images, rng.integers(self.dataset.num_classes, size=n, dtype=np.int32)


def fit(
    case: Case,
    workdir: str,
    *,
    epochs: int = 1,
    after_epoch: Callable[[], None] = lambda: None,
    watchers: Sequence[train.Watcher] = (),
) -> None:
    """Trains with data, metrics and checkpoints; each epoch evaluates one batch."""
    test = data.Split(*case.random(case.batch_size))

    def evaluate(network: train.Network) -> dict[str, float]:
        top1 = float(network.map(_hits, test).mean())
        after_epoch()
        return {"top1": top1}

    task = train.Task(
        name=case.network,
        model=case.model,
        objectives=[LOSS],
        optimizer=optax.sgd(RATE, MOMENTUM),
        dataset=case.dataset,
        train=data.Split(*case.random(case.steps * case.batch_size)),
        batch_size=case.batch_size,
        steps=epochs * case.steps,
        evaluations={"test": evaluate},
    )
    machine = train.Machine(steps_per_dispatch=case.steps_per_dispatch)
    train.fit(task, workdir, seed=0, machine=machine, watchers=watchers)


class Step(NamedTuple):
    """The training step of a case.

    Attributes:
        step: Maps a state and a batch to the next state, inside a map over devices.
        create: Returns the first state.
    """

    step: Callable[[train.TrainState, data.Batch], train.TrainState]
    create: Callable[[], train.TrainState]


def step_of(case: Case, loss: Callable[..., jax.Array] = LOSS) -> Step:
    """Returns the step of a case, for a loss of the outputs."""
    objectives = [train.objective(loss)]
    optimizer = optax.sgd(RATE, MOMENTUM)
    step = functools.partial(
        train.train_step,
        model=case.model,
        objectives=objectives,
        optimizer=optimizer,
        dataset=case.dataset,
    )
    of_images = case.model, optimizer, objectives, case.shape
    return Step(step, lambda: train.create_state(*of_images, jax.random.key(0)))


def bare_steps(case: Case) -> Callable[[], Any]:
    """Returns a function that runs one epoch of compiled steps and nothing else."""
    bound = step_of(case)
    step = train.parallel_train(bound.step)
    state = train.replicate(bound.create())
    split = data.Split(*case.random(4 * case.batch_size))
    batches = data.train_batches(split, batch_size=case.batch_size, seed=0)
    on_devices = list(itertools.islice(batches, 4))

    def epoch():
        nonlocal state
        for batch in itertools.islice(itertools.cycle(on_devices), case.steps):
            state = step(state, batch)
        return jax.block_until_ready(state)

    jax.block_until_ready(state := step(state, on_devices[0]))
    return epoch


def _hits(examples: train.Examples) -> jax.Array:
    return examples.outputs.logits.argmax(-1) == examples.labels
