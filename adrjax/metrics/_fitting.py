"""Accuracies on training images some of whose labels are wrong."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label
from adrjax.metrics._accuracy import top_k


class Fitting(NamedTuple):
    """Accuracies on training images some of whose labels are wrong.

    Attributes:
        corrupted: By the noisy labels, on all images, `[]`.
        intact: By the true labels, on all images, `[]`.
        clean: On images whose noisy label is true; NaN if there are none, `[]`.
        flipped: By the noisy labels, on images whose noisy label is wrong; NaN if there
            are none, `[]`.
    """

    corrupted: jax.Array
    intact: jax.Array
    clean: jax.Array
    flipped: jax.Array


def fitting(
    scores: ArrayLike, noisy_labels: ArrayLike, true_labels: ArrayLike
) -> Fitting:
    """Accuracies on the training images by noisy and by true labels.

    They show how far a network has memorized wrong labels (`flipped`) and how many it
    has seen through (`intact`).

    Args:
        scores: Logits, probabilities or similarities of the training images,
            `[..., num_classes]`.
        noisy_labels: The labels of the training, integer classes, `[...]`.
        true_labels: The labels before `noise` changed them, integer classes, `[...]`.

    Returns:
        The accuracies, in [0, 1].

    Raises:
        TypeError: If the scores are not floating or the labels not integers.
        ValueError: If the shapes do not fit or a label is not a class.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> scores = jnp.eye(3)  # predicts classes 0, 1 and 2
        >>> noisy, true = jnp.array([0, 1, 0]), jnp.array([0, 1, 2])
        >>> [round(float(x), 3) for x in metrics.fitting(scores, noisy, true)]
        [0.667, 1.0, 1.0, 0.0]

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Tables 3 and 11.
    """
    scores = _checks.scores("scores", scores)
    noisy = _checks.labels_of(scores, noisy_labels, "scores")
    true = _checks.labels_of(scores, true_labels, "scores").astype(noisy.dtype)
    is_fitted, is_right = top_k(scores, noisy), top_k(scores, true)
    has_noisy, has_true = is_valid_label(scores, noisy), is_valid_label(scores, true)
    has_both, is_clean = has_noisy & has_true, noisy == true
    return Fitting(
        corrupted=jnp.mean(is_fitted, where=has_noisy),
        intact=jnp.mean(is_right, where=has_true),
        clean=jnp.mean(is_fitted, where=has_both & is_clean),
        flipped=jnp.mean(is_fitted, where=has_both & ~is_clean),
    )
