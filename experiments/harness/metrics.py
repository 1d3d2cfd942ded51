"""The columns of tables: numbers of one split."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import metrics
from adrjax.losses import cross_entropy
from experiments.harness.evaluation import Measured, Metric


def hits(x: Measured) -> jax.Array:
    """Returns whether the most probable class is the label."""
    return metrics.top_k(x.outputs.logits, x.labels)


def hits_of_five(x: Measured) -> jax.Array:
    """Returns whether the label is among the five most probable classes."""
    return metrics.top_k(x.outputs.logits, x.labels, k=5)


def misses(x: Measured) -> jax.Array:
    """Returns whether the most probable class is not the label."""
    return ~hits(x)


def misses_of_five(x: Measured) -> jax.Array:
    """Returns whether the label is not among the five most probable classes."""
    return ~hits_of_five(x)


def confidences_and_hits(x: Measured) -> tuple[jax.Array, jax.Array]:
    """Returns the largest probability, and whether it is the label's."""
    return confidences(x), hits(x)


def confidences(x: Measured) -> jax.Array:
    """Returns the largest probability."""
    return jnp.max(jax.nn.softmax(x.outputs.logits), axis=-1)


def negative_log_likelihood(x: Measured) -> jax.Array:
    """Returns minus the logarithm of the label's probability."""
    return cross_entropy(x.outputs.logits, x.labels)


def calibration_error(values: tuple[np.ndarray, np.ndarray]) -> float:
    """Returns the expected calibration error with 15 bins."""
    return float(metrics.calibration_error(*values))


def feature_norms(x: Measured) -> jax.Array:
    """Returns the L2 norms of the features."""
    return jnp.linalg.norm(x.outputs.features, axis=-1)


def losses(x: Measured) -> jax.Array:
    """Returns the training loss."""
    return x.loss(x.outputs, x.labels)


def hits_where_wrong(x: Measured) -> tuple[jax.Array, jax.Array]:
    """Returns the hits by the labels trained with, and which of these are wrong."""
    return hits(x), x.labels != x.true_labels


def hits_where_right(x: Measured) -> tuple[jax.Array, jax.Array]:
    """Returns the hits by the labels trained with, and which of these are right."""
    return hits(x), x.labels == x.true_labels


def hits_of_truth(x: Measured) -> jax.Array:
    """Returns whether the most probable class is the label of the data set."""
    return metrics.top_k(x.outputs.logits, x.true_labels)


def mean_where(values: tuple[np.ndarray, np.ndarray]) -> float:
    """Returns the mean of the first array where the second is True, 0 if nowhere."""
    of, where = values
    return float(np.mean(of, where=where)) if where.any() else 0.0


def weights_and_probs(x: Measured) -> tuple[jax.Array, jax.Array]:
    """Returns the weight of each example, and the probability of its label."""

    def loss(logits: jax.Array, labels: jax.Array) -> jax.Array:
        return x.loss(x.outputs._replace(logits=logits), labels)

    logits = x.outputs.logits
    probs = jnp.take_along_axis(jax.nn.softmax(logits), x.labels[..., None], axis=-1)
    return metrics.example_weights(loss, logits, x.labels), probs[..., 0]


def emphasis_focus(values: tuple[np.ndarray, np.ndarray]) -> float:
    """Returns the label's probability in the example of the largest weight."""
    return float(metrics.emphasis_focus(*values))


def emphasis_spread(values: tuple[np.ndarray, np.ndarray]) -> float:
    """Returns the variance of the weights."""
    return float(metrics.emphasis_spread(values[0]))


_PER_CENT: dict[str, Any] = {"scale": 100.0, "unit": "%"}
TOP1 = Metric(hits, **_PER_CENT)
TOP5 = Metric(hits_of_five, **_PER_CENT)
ERROR1 = Metric(misses, better="lower", **_PER_CENT)
ERROR5 = Metric(misses_of_five, better="lower", **_PER_CENT)
ECE = Metric(confidences_and_hits, calibration_error, better="lower", **_PER_CENT)
CONFIDENCE = Metric(confidences, better=None, **_PER_CENT)
NLL = Metric(negative_log_likelihood, digits=4, unit="nats", better="lower")
LOSS = Metric(losses, digits=3, better="lower")
FEATURE_NORM = Metric(feature_norms, better=None)
CORRUPTED = Metric(hits, better="lower", **_PER_CENT)  # by the labels trained with
INTACT = Metric(hits_of_truth, **_PER_CENT)
CLEAN = Metric(hits_where_right, mean_where, **_PER_CENT)
FLIPPED = Metric(hits_where_wrong, mean_where, better="lower", **_PER_CENT)
FOCUS = Metric(weights_and_probs, emphasis_focus, digits=3)
SPREAD = Metric(weights_and_probs, emphasis_spread, digits=3)

CLASSIFIED: Mapping[str, Metric] = {"top1": TOP1, "top5": TOP5, "ECE": ECE}
