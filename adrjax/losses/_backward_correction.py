"""Backward loss correction."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import is_valid_label, take_rows
from adrjax.losses._cross_entropy import cross_entropy


def backward_correction(
    logits: ArrayLike, labels: ArrayLike, *, transition: ArrayLike
) -> jax.Array:
    r"""Backward loss correction: cross entropy corrected by the inverse label noise.

    Its mean over the noisy labels of an example is the cross entropy with the clean
    label, so that training on noisy labels minimizes the clean loss.

    .. math:: L = -\sum_j (T^{-1})_{yj} \log p_j.

    It can be negative, without bound.

    Args:
        logits: Unnormalized scores, `[..., num_classes]`.
        labels: Integer noisy classes, `[...]`.
        transition: The probability :math:`T_{ij}` of the label j for an example of
            class i, `[num_classes, num_classes]`. Its inverse is computed once, in
            float64, if the matrix is known while tracing, and at every call otherwise.

    Returns:
        The loss of each example in nats, `[...]`.

    Raises:
        TypeError: If the logits are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, a row of the
            transition is not a distribution, or the transition is singular.

    Example:
        >>> from adrjax import losses
        >>> transition = [[0.9, 0.1], [0.2, 0.8]]
        >>> loss = losses.backward_correction([2.0, 0.0], 0, transition=transition)
        >>> print(f"{loss:.3f}")
        -0.159

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, Theorem 1.
    """
    logits, labels = _checks.logits_and_labels(logits, labels)
    matrix = _checks.transition("transition", transition, logits.shape[-1])
    matrix = matrix.astype(logits.dtype)
    inverse = _checks.inverse("transition", transition, matrix)
    loss = cross_entropy(logits, take_rows(inverse, labels))
    return jnp.where(is_valid_label(logits, labels), loss, jnp.nan)
