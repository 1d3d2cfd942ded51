"""The columns of tables: numbers that are made of a network's predictions."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import metrics
from adrjax.train import Predictions

Column = Callable[[Predictions], float]
Loss = Callable[[jax.Array, jax.Array], jax.Array]  # (logits, labels) -> [...]
# (predictions of the training images, their true labels, the loss) -> a number
TrainColumn = Callable[[Predictions, np.ndarray, Loss], float]


def top1(predictions: Predictions) -> float:
    """Returns how many labels are the likeliest class, in per cent."""
    return 100 * float(metrics.top_k(predictions.logits, predictions.labels).mean())


def top5(predictions: Predictions) -> float:
    """Returns how many labels are among the five likeliest classes, in per cent."""
    right = metrics.top_k(predictions.logits, predictions.labels, k=5)
    return 100 * float(right.mean())


def ece(predictions: Predictions) -> float:
    """Returns the expected calibration error of 15 bins, in per cent."""
    probs = jax.nn.softmax(predictions.logits)
    return 100 * float(metrics.expected_calibration_error(probs, predictions.labels))


def feature_norm(predictions: Predictions) -> float:
    """Returns the mean length of the features."""
    return float(predictions.feature_norms.mean())


def corrupted(predictions: Predictions, true_labels: np.ndarray, _: Loss) -> float:
    """Returns the accuracy by the labels that were trained with, in per cent."""
    fitting = metrics.fitting(predictions.logits, predictions.labels, true_labels)
    return 100 * float(fitting.corrupted)


def intact(predictions: Predictions, true_labels: np.ndarray, _: Loss) -> float:
    """Returns the accuracy by the true labels, in per cent."""
    fitting = metrics.fitting(predictions.logits, predictions.labels, true_labels)
    return 100 * float(fitting.intact)


def emphasis_focus(predictions: Predictions, _: np.ndarray, loss: Loss) -> float:
    """Returns the label's probability in the example of the largest weight."""
    logits, labels = predictions.logits, jnp.asarray(predictions.labels)
    weights = metrics.example_weights(loss, logits, labels)
    probs = jnp.take_along_axis(jax.nn.softmax(logits), labels[..., None], axis=-1)
    return float(metrics.emphasis_focus(weights, probs[..., 0]))


def emphasis_spread(predictions: Predictions, _: np.ndarray, loss: Loss) -> float:
    """Returns the variance of the weights of the examples."""
    weights = metrics.example_weights(loss, predictions.logits, predictions.labels)
    return float(metrics.emphasis_spread(weights))
