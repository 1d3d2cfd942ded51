"""A training: what decides its numbers, and what must not."""

from collections.abc import Callable, Mapping, Sequence
import dataclasses
from typing import Any

import flax.linen as nn
import optax

from adrjax import data
from adrjax.train._network import Network
from adrjax.train._objective import Parts
from adrjax.train._parallel import Parallel

Evaluation = Callable[[Network], Mapping[str, float]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """Everything that decides the numbers of a run, except its seed.

    Attributes:
        name: The name of the run in messages.
        model: Maps `(images, train=...)` to `Outputs`.
        objectives: The loss of each update of a step. A loss maps the outputs of the
            model, and the labels, to the loss of each example; `adrjax.select` makes
            one of a loss of logits or of features. A mapping of several losses by name
            is summed, and recorded one by one. A loss with a state must sum it over the
            device axis `"batch"`. A second update, with a separate optimizer state, is
            what `losses.complement_entropy` is made for.
        optimizer: The optimizer. It may use optax's extra arguments `value`, the loss,
            and `metric`, the metric `best` of the last record: 0 before the first, and
            times -1 if `lower_is_better`.
        dataset: The data set, which has augmentation, mixing and normalization.
        train: The training images and labels.
        batch_size: Images a step, over all devices, a multiple of their number.
        steps: The number of steps.
        order: The order of the training images; None shuffles them in each epoch.
        evaluations: What the network is measured by, by name. Each maps a `Network` to
            metrics, finite numbers, which are recorded as `name/metric`.
        record_every: Steps between two records, each with an evaluation and a
            checkpoint. None: an epoch. There is always one after the last step.
        best: The metric that chooses the best checkpoint, as `name/metric`; None for
            the first of the first evaluation.
        lower_is_better: Whether the best checkpoint is the one with the lowest metric.
        snapshots: Epochs after which the checkpoint is kept; 0 is before the first
            step. Those after the last step are ignored.
        ema_decay: The decay of a moving average of the parameters, in [0, 1), which is
            evaluated in their place. None: there is no average.
        start: Maps the initial `{"params": ..., "batch_stats": ...}`, NumPy arrays, to
            the variables to start from, of the same shapes and dtypes. It is called
            once, not by a run that continues. None: the initial ones.
        config: What else distinguishes this run from others, in JSON's types, such as
            the images and where it starts from. It is written to config.json with the
            numbers above, and a directory with other values is refused.
        facts: What else to record in provenance.json, in JSON's types.
    """

    name: str
    model: nn.Module
    objectives: Sequence[Parts]
    optimizer: optax.GradientTransformation
    dataset: data.Dataset
    train: data.Split
    batch_size: int
    steps: int
    order: data.ClassBalanced | data.Repeated | None = None
    evaluations: Mapping[str, Evaluation] = dataclasses.field(default_factory=dict)
    record_every: int | None = None
    best: str | None = None
    lower_is_better: bool = False
    snapshots: Sequence[int] = ()
    ema_decay: float | None = None
    start: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Machine:
    """How a run is computed; its numbers are the same.

    Attributes:
        parallel: How to run the steps on several devices.
        devices: The number of devices of each process to use, all for None.
        save_every: Steps between checkpoints. There is always one at a record. None:
            only there.
        steps_per_dispatch: The number of steps, and of batches of an evaluation, that
            one compiled program runs, so that a fast device does not wait for Python.
            Steps that are left before a record, a checkpoint or the end of an epoch are
            run one by one. A signal is answered, and a loss that is not finite noticed,
            between programs. Only batches of images in memory are grouped. On a CPU the
            convolutions of a compiled loop are slow.
    """

    parallel: Parallel = "pmap"
    devices: int | None = None
    save_every: int | None = None
    steps_per_dispatch: int = 1
