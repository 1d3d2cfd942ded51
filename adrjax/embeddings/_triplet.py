"""Triplet loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks


def triplet(
    anchors: ArrayLike,
    positives: ArrayLike,
    negatives: ArrayLike,
    *,
    margin: ArrayLike = 0.2,
) -> jax.Array:
    r"""Triplet loss: hinge of two squared distances and a margin.

    An anchor must be nearer to an example of its class than to one of another class, by
    the margin. The triplets are made outside; `batch_triplet` mines them in the batch.

    .. math:: L = \left[\|a - p\|^2 - \|a - n\|^2 + \alpha\right]_+.

    The distances are squared, as in FaceNet. `optax.triplet_margin_loss`, torch's
    TripletMarginLoss and pytorch-metric-learning take plain distances, and the last
    makes the features unit first. The gradient is autodiff's. The difference of the
    squares is computed as :math:`(n - p) \cdot (2a - p - n)`, in which
    :math:`\|a\|^2` has cancelled.

    Args:
        anchors: Features a, `[..., dim]`.
        positives: Features p of the anchors' classes, `[..., dim]`.
        negatives: Features n of other classes, `[..., dim]`.
        margin: The margin alpha, at least 0.

    Returns:
        The loss of each triplet, `[...]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes differ or the margin is negative.

    Example:
        >>> from adrjax import embeddings
        >>> print(f"{embeddings.triplet([0.0, 0.0], [0.3, 0.0], [0.0, 0.5]):.2f}")
        0.04

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning, Eq.
        (1).
    """
    anchors = _vector_checks.vectors("anchors", anchors)
    positives = _vector_checks.vectors_like("positives", positives, "anchors", anchors)
    negatives = _vector_checks.vectors_like("negatives", negatives, "anchors", anchors)
    margin = _checks.between("margin", margin, 0, like=anchors)
    sides = (anchors - positives) + (anchors - negatives)
    nearer = jnp.sum((negatives - positives) * sides, axis=-1)
    return jax.nn.relu(nearer + margin)
