"""CosFace (AM-Softmax)."""

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
    r"""CosFace (AM-Softmax): additive cosine margin.

    The margin is subtracted from the cosine of the label. The effect is similar to
    ArcFace, without an angle: the derivative by each cosine is the scale.

    .. math:: z_y = s (c_y - m), \qquad z_j = s c_j \quad (j \ne y).

    A traced label that is not a class gets no margin.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: The number subtracted from the label's cosine, at least 0.
        scale: The factor of all logits, at least 0. The original papers have 30
            (AM-Softmax) and 64 (CosFace).

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class, or margin or
            scale is negative.

    Example:
        >>> from adrjax import margins
        >>> print(margins.cosface([0.75, 0.25], 0, margin=0.25, scale=64.0))
        [32. 16.]

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eq. (2); Wang et al., CosFace: Large
        Margin Cosine Loss for Deep Face Recognition, Eq. (4).
    """
    cosines, labels = _checks.cosines_and_labels(cosines, labels)
    margin = _checks.between("margin", margin, 0, like=cosines)
    scale = _checks.between("scale", scale, 0, like=cosines)
    return scale * (cosines - margin * label_mask(cosines, labels).astype(margin.dtype))
