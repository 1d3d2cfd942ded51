"""What a network makes of a whole split."""

import collections
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import data
from adrjax.train._state import TrainState


class Predictions(NamedTuple):
    """What a network makes of a split.

    Attributes:
        logits: Float32, `[n, ..., num_classes]`.
        labels: The labels of the split, int32 `[n, ...]`.
        feature_norms: Lengths of the features, float32 `[n, ...]`.
    """

    logits: np.ndarray
    labels: np.ndarray
    feature_norms: np.ndarray


def predict(
    step: Callable[[TrainState, data.Batch], Any],
    state: TrainState,
    split: data.Split,
    *,
    batch_size: int,
    devices: int | None = None,
) -> Predictions:
    """Returns the predictions of a whole split, in its order.

    Args:
        step: From `parallel_eval`.
        state: From `replicate`.
        split: What to predict.
        batch_size: Images a step, over all devices of all processes.
        devices: How many devices of each process to use, all for None.
    """
    running, parts = collections.deque(), []
    for batch, real in data.eval_batches(split, batch_size=batch_size, devices=devices):
        running.append((step(state, batch), real))
        if len(running) > 1:  # the device has the next to work on
            parts.append(_fetched(*running.popleft()))
    parts += [_fetched(*outputs) for outputs in running]
    logits, norms = (np.concatenate(x) for x in zip(*parts, strict=True))
    return Predictions(logits, np.asarray(split.labels), norms)


def _fetched(outputs, real):
    return tuple(x[:real] for x in jax.device_get(outputs))
