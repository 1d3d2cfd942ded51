"""Accuracy by the norm of the feature."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks, _vectors
from adrjax._labels import is_valid_label
from adrjax.metrics._accuracy import top_k
from adrjax.metrics._nan import nan_of


def norm_split_accuracy(
    scores: ArrayLike, labels: ArrayLike, features: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Accuracy of examples with a short feature, and of those with a long one.

    A feature is short if its L2 norm is below the mean norm of all. POD shows that
    short features are the hard ones.

    Args:
        scores: Logits, probabilities or similarities, `[n, num_classes]`.
        labels: Integer classes, `[n]`.
        features: The input of the classifier before any normalization,
            `[n, num_features]`.

    Returns:
        The accuracies of short and of long features, `[]` each; NaN if there are none.

    Raises:
        TypeError: If the scores or features are not floating or the labels not
            integers.
        ValueError: If the shapes do not fit or a label is not a class.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> features = jnp.array([[1.0, 0.0], [0.0, 2.0], [6.0, 0.0]])  # mean norm 3
        >>> short, long = metrics.norm_split_accuracy(
        ...     jnp.eye(3), jnp.array([0, 2, 2]), features
        ... )
        >>> float(short), float(long)
        (0.5, 1.0)

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Table 1.
    """
    scores = _checks.scores("scores", scores)
    labels = _checks.labels_of(scores, labels, "scores")
    features = _vector_checks.vectors("features", features)
    if features.shape[:-1] != labels.shape or labels.ndim != 1:
        raise ValueError(
            "scores must be [n, num_classes] and features [n, num_features], got "
            f"shapes {scores.shape} and {features.shape}"
        )
    norms = _vectors.norm(features)
    is_right, is_valid = top_k(scores, labels), is_valid_label(scores, labels)
    is_short = norms < jnp.mean(norms, where=is_valid)
    nan = nan_of(jnp.where(is_valid[:, None], features, 0))
    return (
        jnp.mean(is_right, where=is_valid & is_short) + nan,
        jnp.mean(is_right, where=is_valid & ~is_short) + nan,
    )
