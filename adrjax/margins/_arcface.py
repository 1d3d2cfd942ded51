"""ArcFace."""

import math

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.margins._combined_margin import combined_margin


def arcface(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    margin: ArrayLike = 0.5,
    scale: ArrayLike = 64.0,
    straight_through: bool = False,
    linear_tail: bool = False,
) -> jax.Array:
    r"""Asks the angle to the label's weight to be the smallest by a margin.

    .. math:: z_y = s \cos(\theta_y + m), \qquad z_j = s \cos\theta_j \quad (j \ne y).

    It is `combined_margin` of `m2=margin`, which tells how it stays finite.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`.
        labels: Integer classes, `[...]`.
        margin: What is added to the angle of the label, in radians, in [0, pi].
        scale: What the cosines are multiplied by, at least 0.
        straight_through: Whether the backward pass takes the derivative of
            :math:`\cos(\theta + m)` by :math:`\cos\theta` for 1, as insightface's
            arcface_torch does, which computes the margin without gradient.
        linear_tail: Whether the target is :math:`c_y - m \sin m` where
            :math:`\theta_y + m > \pi`, as in insightface, so that it goes on falling
            with the angle.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, the margin is
            outside [0, pi] or the scale negative.

    Reference:
        Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition,
        Eq. (3).
    """
    margin = _checks.between("margin", margin, 0, math.pi)
    return combined_margin(
        cosines,
        labels,
        m2=margin,
        scale=scale,
        straight_through=straight_through,
        linear_tail=linear_tail,
    )
