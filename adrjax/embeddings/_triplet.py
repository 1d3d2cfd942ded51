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
    r"""Asks features of one class to be nearer, by a margin, than one of another.

    .. math:: L = \left[\|a - p\|^2 - \|a - n\|^2 + \alpha\right]_+.

    A plain formula. The difference of the squares is taken as :math:`(n - p) \cdot
    (2a - p - n)`, in which :math:`\|a\|^2` has cancelled.

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

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning, Eq.
        (1).
    """
    margin = _checks.between("margin", margin, 0)
    anchors = _vector_checks.vectors("anchors", anchors)
    positives = _vector_checks.vectors_like("positives", positives, "anchors", anchors)
    negatives = _vector_checks.vectors_like("negatives", negatives, "anchors", anchors)
    sides = (anchors - positives) + (anchors - negatives)
    nearer = jnp.sum((negatives - positives) * sides, axis=-1)
    return jax.nn.relu(nearer + margin)
