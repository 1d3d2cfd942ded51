"""Expected calibration error (ECE)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax._labels import is_valid_label
from adrjax.metrics import _inputs
from adrjax.metrics._accuracy import top_k
from adrjax.metrics._nan import nan_of


def expected_calibration_error(
    probs: ArrayLike, labels: ArrayLike, *, bins: int = 15
) -> jax.Array:
    r"""Expected calibration error (ECE): the gap between confidence and accuracy.

    .. math:: \mathrm{ECE} = \sum_{b} \frac{n_b}{n}
        \left|\mathrm{acc}_b - \mathrm{conf}_b\right|,

    over bins of equal width, (lo, hi], of the largest probability. This is the L1 norm
    of the top-1 error, torchmetrics' default; torchmetrics' bins are [lo, hi).

    Args:
        probs: Probabilities of the classes, `[..., num_classes]`:
            `jax.nn.softmax(logits)`, not the logits.
        labels: Integer classes, `[...]`.
        bins: The number of bins. The papers do not print it; 15 is Guo et al.'s.

    Returns:
        The error, in [0, 1], `[]`.

    Raises:
        TypeError: If the probabilities are not floating or the labels not integers.
        ValueError: If the shapes do not fit, probabilities are negative or do not sum
            to 1, a label is not a class, there is no example, or `bins` < 1.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> probs = jnp.array([[0.8, 0.2], [0.8, 0.2], [0.3, 0.7]])
        >>> error = metrics.expected_calibration_error(probs, jnp.array([0, 1, 1]))
        >>> round(float(error), 3)
        0.3

    Reference:
        Guo et al., On Calibration of Modern Neural Networks, Eq. (3).
    """
    probs = _inputs.probs(probs)
    labels = _checks.labels_of(probs, labels, "probs")
    bins = _checks.count("bins", bins, low=1)
    if not labels.size:
        raise ValueError(f"probs must hold an example, got shape {probs.shape}")
    confidence = jnp.max(probs, axis=-1)
    is_valid = is_valid_label(probs, labels)
    return _error(confidence, top_k(probs, labels), is_valid, bins)


def calibration_error(
    confidences: ArrayLike, is_right: ArrayLike, *, bins: int = 15
) -> jax.Array:
    """Expected calibration error (ECE) of confidences, without the probabilities.

    `expected_calibration_error` of the largest probability of each prediction, and of
    whether it is right: two numbers an example can be kept where the probabilities of
    all classes are too many.

    Args:
        confidences: The largest probability of each prediction, in [0, 1], `[...]`.
        is_right: Whether the prediction is right, bool `[...]`.
        bins: The number of bins.

    Returns:
        The error, in [0, 1], `[]`.

    Raises:
        TypeError: If the confidences are not floating.
        ValueError: If the shapes differ, a confidence is not in [0, 1], there is no
            example, or `bins` < 1.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> is_right = jnp.array([True, False, True])
        >>> error = metrics.calibration_error(jnp.array([0.8, 0.8, 0.7]), is_right)
        >>> round(float(error), 3)
        0.3

    Reference:
        Guo et al., On Calibration of Modern Neural Networks, Eq. (3).
    """
    known = _checks.values(confidences)
    if known is not None and (np.any(known < 0) or np.any(known > 1)):  # NaN is neither
        raise ValueError(
            f"confidences must lie in [0, 1], got {known.min()}..{known.max()}"
        )
    confidences = _checks.floating("confidences", confidences)
    is_right = jnp.asarray(is_right, bool)
    bins = _checks.count("bins", bins, low=1)
    if confidences.shape != is_right.shape or not is_right.size:
        raise ValueError(
            "confidences and is_right must have one shape and hold an example, got "
            f"{confidences.shape} and {is_right.shape}"
        )
    return _error(confidences, is_right, jnp.ones_like(is_right), bins)


@functools.partial(jax.jit, static_argnames="bins")
def _error(
    confidence: jax.Array, is_right: jax.Array, is_valid: jax.Array, bins: int
) -> jax.Array:
    gaps = is_right.astype(confidence.dtype) - confidence
    edges = np.arange(1, bins) / bins
    bounds = jnp.asarray([[-1, *edges], [*edges, 2]], confidence.dtype).T

    # A reduction adds in a tree. A scatter would add millions of numbers one by one, of
    # which float32 loses most.
    def gap(bound: jax.Array) -> jax.Array:
        is_inside = (confidence > bound[0]) & (confidence <= bound[1]) & is_valid
        return jnp.abs(jnp.sum(gaps, where=is_inside))

    total = jnp.sum(jax.lax.map(gap, bounds))
    return total / jnp.sum(is_valid, dtype=total.dtype) + nan_of(confidence)
