"""ArcFace."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.margins._combined_margin import PI, combined_margin


def arcface(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.5,
    scale: ArrayLike = 64.0,
    straight_through: bool = False,
    linear_tail: bool = False,
) -> jax.Array:
    r"""ArcFace: additive angular margin.

    The margin is added to the angle between a feature and the weight of its label.
    Training makes each class compact on the sphere and keeps it apart from the others.

    .. math:: z_y = s \cos(\theta_y + m), \qquad z_j = s \cos\theta_j \quad (j \ne y).

    It is `combined_margin` with `m2=margin`, which explains how the derivative stays
    finite at :math:`c_y = \pm 1`. The margin may be traced, but has no gradient. A
    traced label that is not a class gets no margin.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: The angle added to the label's angle, in radians, in [0, pi].
            pytorch-metric-learning takes degrees.
        scale: The factor of all logits, at least 0.
        straight_through: Whether the backward pass takes the derivative of
            :math:`\cos(\theta + m)` by :math:`\cos\theta` to be 1, as insightface's
            arcface_torch does. It computes the margin without gradient.
        linear_tail: Whether the label's logit is :math:`s (c_y - m \sin m)` where
            :math:`\theta_y + m > \pi`, as in insightface. It then decreases with the
            angle everywhere; :math:`\cos(\theta_y + m)` rises again beyond
            :math:`\pi`.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class, the margin is
            outside [0, pi] or the scale is negative.

    Example:
        >>> from adrjax import margins
        >>> logits = margins.arcface([0.8, 0.1], 0, margin=0.5, scale=1.0)
        >>> [round(float(z), 3) for z in logits]
        [0.414, 0.1]

    Reference:
        Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition,
        Eq. (3).
    """
    _checks.between("margin", margin, 0, PI)
    return combined_margin(
        cosines,
        labels,
        m2=margin,
        scale=scale,
        straight_through=straight_through,
        linear_tail=linear_tail,
    )
