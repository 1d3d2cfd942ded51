"""The combined margin (CM)."""

import functools
import math

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax._labels import label_mask

PI = float(np.float32(math.pi))  # which is rounded up, so a pi of float32 is in range


def combined_margin(
    cosines: ArrayLike,
    labels: ArrayLike,
    *,
    m1: ArrayLike = 1.0,
    m2: ArrayLike = 0.0,
    m3: ArrayLike = 0.0,
    scale: ArrayLike = 64.0,
    straight_through: bool = False,
    linear_tail: bool = False,
) -> jax.Array:
    r"""Combined margin (CM): multiplicative and additive angular and cosine margins.

    It joins the margins of SphereFace (m1), ArcFace (m2) and CosFace (m3). Either one
    alone, or a mixture, makes the classes compact and keeps them apart.

    .. math:: z_y = s (\cos(m_1 \theta_y + m_2) - m_3), \qquad
        z_j = s \cos\theta_j \quad (j \ne y), \qquad
        \frac{\partial z_y}{\partial c_y} =
        s \frac{m_1 \sin(m_1 \theta_y + m_2)}{\sin\theta_y}.

    At :math:`c_y = \pm 1` the derivative is infinite. It is taken with
    :math:`\sin\theta_y` of at least the root of the precision of the given cosines:
    cosines of a smaller sine have no direction left. The derivative of the cosine by
    the features has the factor :math:`\sin\theta_y`, and the product is finite. m1, m2
    and m3 may be traced, but have no gradient. A traced label that is not a class gets
    no margin.

    Args:
        cosines: From `margins.cosines`, `[..., num_classes]`. Values beyond 1 by
            rounding count as 1.
        labels: Integer classes, `[...]`.
        m1: The factor of the label's angle, at least 0.
        m2: The angle added to it, in radians, in [0, pi].
        m3: The number subtracted from its cosine, at least 0.
        scale: The factor of all logits, at least 0.
        straight_through: Whether the backward pass takes the derivative of
            :math:`\cos(m_1 \theta_y + m_2)` by :math:`c_y` to be 1, as insightface's
            arcface_torch does.
        linear_tail: Whether the label's logit is :math:`s (c_y - m_2 \sin m_2 - m_3)`
            where :math:`m_1 \theta_y + m_2 > \pi` and the cosine would rise again with
            the angle. The constants are insightface's, for :math:`m_1 = 1`.

    Returns:
        Logits, `[..., num_classes]`.

    Raises:
        TypeError: If the cosines are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class, m1, m3 or scale
            is negative or m2 is outside [0, pi].

    Example:
        >>> from adrjax import margins
        >>> logits = margins.combined_margin([0.8, 0.1], 0, m2=0.3, m3=0.2, scale=1.0)
        >>> [round(float(z), 3) for z in logits]
        [0.387, 0.1]

    Reference:
        Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition,
        Eq. (4). insightface's CombinedMarginLoss in PyTorch is another function: it
        ignores m1 and m2 if m3 > 0.
    """
    precision = jnp.asarray(cosines).dtype
    cosines, labels = _checks.cosines_and_labels(cosines, labels)
    least_sine = float(jnp.finfo(precision).eps) ** 0.5
    m1 = _checks.between("m1", m1, 0, like=cosines)
    m2 = _checks.between("m2", m2, 0, PI, like=cosines)
    m3 = _checks.between("m3", m3, 0, like=cosines)
    scale = _checks.between("scale", scale, 0, like=cosines)
    logits: jax.Array = _with_margin(
        straight_through, linear_tail, least_sine, cosines, labels, m1, m2, m3
    )
    return scale * logits


# Own rule because the derivative of arccos is infinite at 1, and because autodiff would
# keep masks, `[..., num_classes]`; the labels and one slope a row are enough.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _with_margin(
    straight_through: bool,
    linear_tail: bool,
    least_sine: float,
    cosines: jax.Array,
    labels: jax.Array,
    *margins: jax.Array,
) -> jax.Array:
    return _fwd(straight_through, linear_tail, least_sine, cosines, labels, *margins)[0]


def _fwd(straight_through, linear_tail, least_sine, cosines, labels, m1, m2, m3):
    label = label_mask(cosines, labels)
    c = jnp.sum(jnp.where(label, cosines, 0), axis=-1)
    sine = jnp.sqrt(jnp.maximum((1 - c) * (1 + c), 0))
    angle = m1 * jnp.arctan2(sine, c) + m2
    floored = jnp.maximum(sine, least_sine)
    multiple = m1 * jnp.arctan2(floored, c)
    # The sine of m1 theta + m2 by its parts, the first of which is exact for m1 = 1.
    ratio = jnp.where(m1 == 1, 1, jnp.sin(multiple) / floored)
    slope = m1 * (ratio * jnp.cos(m2) + jnp.cos(multiple) * jnp.sin(m2) / floored)
    target = jnp.cos(angle)
    if linear_tail:
        target = jnp.where(angle > jnp.pi, c - m2 * jnp.sin(m2), target)
        slope = jnp.where(angle > jnp.pi, 1, slope)
    if straight_through:
        slope = jnp.ones_like(slope)
    return jnp.where(label, (target - m3)[..., None], cosines), (labels, slope)


def _bwd(straight_through, linear_tail, least_sine, residuals, cotangent):
    labels, slope = residuals
    slopes = jnp.where(label_mask(cotangent, labels), slope[..., None], 1)
    return cotangent * slopes, None, None, None, None


_with_margin.defvjp(_fwd, _bwd)
