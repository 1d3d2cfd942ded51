"""Label smoothing (LS)."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks


def smooth_labels(
    labels: ArrayLike, *, num_classes: int, alpha: ArrayLike = 0.1
) -> jax.Array:
    r"""Moves a share of the label to all classes alike, against over-confidence.

    .. math:: t_j = (1 - \alpha) \delta_{jy} + \alpha / c.

    Args:
        labels: Integer classes, `[...]`.
        num_classes: The number of classes, c.
        alpha: The share, in [0, 1].

    Returns:
        Distributions over the classes, `[..., num_classes]`.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a label names no class or alpha is outside [0, 1].

    Reference:
        Szegedy et al., Rethinking the Inception Architecture for Computer Vision,
        section 7.
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    alpha = _checks.between("alpha", alpha, 0, 1)
    labels = _checks.integer_labels(labels, num_classes)
    return (1 - alpha) * jax.nn.one_hot(labels, num_classes) + alpha / num_classes
