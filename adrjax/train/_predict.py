"""Predictions of a network for a whole split."""

import collections
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import data
from adrjax.train import _arguments
from adrjax.train._step import Evaluated


class Predictions(NamedTuple):
    """The outputs of a network for every image of a split, in its order.

    Attributes:
        logits: float32 `[n, ..., num_classes]`.
        labels: The labels of the split, int32 `[n, ...]`.
        feature_norms: The L2 norms of the features, float32 `[n, ...]`.
        features: The features, float32 `[n, ..., num_features]`, if they were asked
            for; else None.
    """

    logits: np.ndarray
    labels: np.ndarray
    feature_norms: np.ndarray
    features: np.ndarray | None = None

    @property
    def classes(self) -> np.ndarray:
        """The most probable class of each image, `[n, ...]`."""
        return self.logits.argmax(-1)

    @property
    def confidences(self) -> np.ndarray:
        """The probability of that class, `[n, ...]`."""
        return np.asarray(jax.nn.softmax(self.logits)).max(-1)


def predict(
    step: Callable[[Any, data.Batch], Evaluated],
    variables: Any,
    split: data.Split,
    *,
    batch_size: int,
    devices: int | None = None,
) -> Predictions:
    """Returns the predictions for a whole split.

    Args:
        step: `eval_step`, run by `parallel_eval`.
        variables: The variables of the network, from `replicate`.
        split: The images and labels.
        batch_size: Images a step, over all devices of all processes; rounded up to a
            multiple of them.
        devices: The number of devices of each process to use, all for None.
    """
    num_devices = _arguments.device_count(devices) * jax.process_count()
    batch_size = _arguments.count("batch_size", batch_size, low=1)
    batch_size = -(-batch_size // num_devices) * num_devices
    running, parts = collections.deque(), []
    for batch, real in data.eval_batches(split, batch_size=batch_size, devices=devices):
        running.append((step(variables, batch), real))
        if len(running) > 1:  # the devices have the next batch to work on
            parts.append(_fetched(*running.popleft()))
    parts += [_fetched(*outputs) for outputs in running]
    outputs = jax.tree.map(lambda *x: np.concatenate(x), *parts)
    return Predictions(
        outputs.logits,
        np.asarray(split.labels),
        outputs.feature_norms,
        outputs.features,
    )


def _fetched(outputs: Evaluated, real: int) -> Evaluated:
    """Returns the outputs of the real examples of a batch, on the host."""
    return jax.tree.map(lambda x: x[:real], jax.device_get(outputs))
