"""Label smoothing (LS)."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import has_class


def smooth_labels(
    labels: ArrayLike, *, num_classes: int, alpha: ArrayLike = 0.1
) -> jax.Array:
    r"""Label smoothing (LS): one-hot labels mixed with the uniform distribution.

    The target of `losses.cross_entropy` against over-confident predictions.

    .. math:: t_j = (1 - \alpha) \delta_{jy} + \alpha / c.

    The result equals `optax.smooth_labels`, which takes one-hot labels, and the
    `label_smoothing` of torch and keras.

    Args:
        labels: Integer classes, `[...]`.
        num_classes: The number of classes, c.
        alpha: The share of the uniform distribution, in [0, 1].

    Returns:
        Distributions over the classes, `[..., num_classes]`. NaN for a traced label
        that is not a class: cross entropy then has the gradient 0.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a label is not a class or alpha is outside [0, 1].

    Example:
        >>> from adrjax import losses, targets
        >>> target = targets.smooth_labels(0, num_classes=4, alpha=0.5)
        >>> print(target)
        [0.625 0.125 0.125 0.125]
        >>> print(f"{losses.cross_entropy([2.0, 1.0, 0.0, 0.0], target):.3f}")
        1.119

    Reference:
        Szegedy et al., Rethinking the Inception Architecture for Computer Vision,
        section 7.
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    labels = _checks.integer_labels(labels, num_classes)
    one_hot = jax.nn.one_hot(labels, num_classes)
    alpha = _checks.between("alpha", alpha, 0, 1, like=one_hot)
    target = (1 - alpha) * one_hot + alpha / num_classes
    return jnp.where(has_class(labels, num_classes)[..., None], target, jnp.nan)
