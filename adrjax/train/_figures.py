"""The figures of an epoch, all of them finite."""

from collections.abc import Callable, Mapping

import jax
import numpy as np

from adrjax.train._checkpoint import Checkpoints
from adrjax.train._errors import NonFiniteLossError
from adrjax.train._state import TrainState


def training_figures(
    state: TrainState, name: str, checkpoints: Checkpoints
) -> dict[str, float]:
    """Returns the mean loss and the accuracy of the epoch so far.

    Raises:
        NonFiniteLossError: If a step was not finite.
    """
    totals = jax.device_get(state.totals)
    if totals.bad_step >= 0:
        checkpoints.wait()
        before = "There is no checkpoint from before."
        if checkpoints.steps:
            last = checkpoints.steps[-1]
            before = f"The checkpoint of step {last} is from before: "
            before += f"{checkpoints.path(last)}."
        raise NonFiniteLossError(
            f"{name}: the loss or the parameters are infinite or NaN since step "
            f"{totals.bad_step}. {before} Try, in another --workdir, a lower learning "
            "rate, a warm-up, gradient clipping (optax.clip_by_global_norm) or a "
            "smaller weight of the regularizer."
        )
    examples = int(totals.examples)
    return {
        "train_loss": float(totals.loss) / examples,
        "train_accuracy": float(totals.correct) / examples,
    }


def evaluation_figures(
    evaluate: Callable[[np.ndarray, np.ndarray], Mapping[str, float]],
    logits: np.ndarray,
    labels: np.ndarray,
) -> dict[str, float]:
    """Returns what `evaluate` makes of the test logits.

    Raises:
        ValueError: If a metric is not finite, which JSON cannot hold.
    """
    metrics = {key: float(value) for key, value in evaluate(logits, labels).items()}
    for key, value in metrics.items():
        if not np.isfinite(value):
            raise ValueError(
                f"evaluate returned {value} for {key!r}; it must return finite numbers"
            )
    return metrics
