"""The columns of tables: numbers computed from the predictions of a network."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from adrjax import metrics
from adrjax.train import Predictions

Column = Callable[[Predictions], float]
Loss = Callable[[jax.Array, jax.Array], jax.Array]  # (logits, labels) -> [...]
# (predictions for the training images, their true labels, the loss) -> a number
TrainColumn = Callable[[Predictions, np.ndarray, Loss], float]


def top1(predictions: Predictions) -> float:
    """Top-1 accuracy, in per cent."""
    return 100 * float(metrics.top_k(predictions.logits, predictions.labels).mean())


def top5(predictions: Predictions) -> float:
    """Top-5 accuracy, in per cent."""
    hits = metrics.top_k(predictions.logits, predictions.labels, k=5)
    return 100 * float(hits.mean())


def ece(predictions: Predictions) -> float:
    """Expected calibration error with 15 bins, in per cent."""
    probs = jax.nn.softmax(predictions.logits)
    return 100 * float(metrics.expected_calibration_error(probs, predictions.labels))


def feature_norm(predictions: Predictions) -> float:
    """Mean L2 norm of the features."""
    return float(predictions.feature_norms.mean())


def corrupted(predictions: Predictions, true_labels: np.ndarray, _: Loss) -> float:
    """Accuracy on the wrong labels that were trained with, in per cent."""
    fitting = metrics.fitting(predictions.logits, predictions.labels, true_labels)
    return 100 * float(fitting.corrupted)


def intact(predictions: Predictions, true_labels: np.ndarray, _: Loss) -> float:
    """Accuracy by the true labels, in per cent."""
    fitting = metrics.fitting(predictions.logits, predictions.labels, true_labels)
    return 100 * float(fitting.intact)


def emphasis_focus(predictions: Predictions, _: np.ndarray, loss: Loss) -> float:
    """Emphasis focus: the label's probability in the example of the largest weight."""
    logits, labels = predictions.logits, jnp.asarray(predictions.labels)
    weights = metrics.example_weights(loss, logits, labels)
    probs = jnp.take_along_axis(jax.nn.softmax(logits), labels[..., None], axis=-1)
    return float(metrics.emphasis_focus(weights, probs[..., 0]))


def emphasis_spread(predictions: Predictions, _: np.ndarray, loss: Loss) -> float:
    """Emphasis spread: the variance of the weights of the examples."""
    weights = metrics.example_weights(loss, predictions.logits, predictions.labels)
    return float(metrics.emphasis_spread(weights))


IN_PER_CENT = frozenset({top1, top5, ece, corrupted, intact})
