"""CosFace, also known as AM-Softmax."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._labels import label_mask


def cosface(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.35,
    scale: ArrayLike = 64.0,
) -> jax.Array:
    r"""Asks the cosine of the label to win by a margin.

    .. math:: z_y = s (c_y - m), \qquad z_j = s c_j \quad (j \ne y).

    A plain formula: its derivative needs no angle and nothing kept.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: What is taken off the cosine of the label, at least 0.
        scale: What the cosines are multiplied by, at least 0; the original papers have
            30 (AM-Softmax) and 64 (CosFace).

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, or margin or scale
            is negative.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eq. (2); Wang et al., CosFace: Large
        Margin Cosine Loss for Deep Face Recognition, Eq. (4).
    """
    margin = _checks.between("margin", margin, 0)
    scale = _checks.between("scale", scale, 0)
    cosines, labels = _checks.cosines_and_labels(cosines, labels)
    return scale * (cosines - margin * label_mask(cosines, labels))
