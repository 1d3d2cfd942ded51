"""Norm-adaptive cosine loss (NaC)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._labels import has_class, take_rows
from adrjax._vectors import norm, unit


def norm_adaptive_cosine(
    features: ArrayLike,
    labels: ArrayLike,
    centroids: ArrayLike,
    *,
    delta: ArrayLike,
    hypot: bool = False,
) -> jax.Array:
    r"""Norm-adaptive cosine loss (NaC): `(1 - c)**2`, c below the cosine by the norm.

    It turns each feature towards the fixed centroid of its class and lengthens it.
    `nac` sets delta from the mean norm of the features.

    .. math:: L = (1 - c)^2, \qquad c = \frac{x \cdot P_y}{h}, \qquad
        h = \|x\| + \delta, \qquad \frac{\partial L}{\partial x} =
        -\frac{2 (1 - c)}{h} \left(P_y - c \frac{x}{\|x\|}\right).

    c is the cosine times :math:`\|x\| / h`: a longer feature has a smaller loss, and
    the loss of a finite feature is above 0. At :math:`x = 0` the loss is 1 and descent
    moves to the centroid. The centroids and `delta` have no gradient.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        delta: The number added to the norm, at least 0; 0 is `embeddings.cosine`.
        hypot: Whether :math:`h = \sqrt{\|x\|^2 + \delta^2}`, as in the authors' code,
            which appends delta to the features. The paper adds it to the norm.

    Returns:
        The loss of each example, in [0, 4], `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class or delta is
            negative.

    Example:
        >>> from adrjax import embeddings
        >>> centroids = [[1.0, 0.0], [-1.0, 0.0]]
        >>> loss = embeddings.norm_adaptive_cosine([3.0, 4.0], 0, centroids, delta=1.0)
        >>> print(f"{loss:.3f}")
        0.250

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (16) and (17).
    """
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    delta = _checks.between("delta", delta, 0, like=features)
    loss: jax.Array = _squared_gap(hypot, features, labels, centroids, delta)
    return jnp.where(has_class(labels, len(centroids)), loss, jnp.nan)


def one_minus_cosine(direction: jax.Array, centroid: jax.Array) -> jax.Array:
    r"""Returns :math:`1 - \hat x \cdot P` without cancellation, `[...]`.

    It is half of :math:`\|\hat x - P\|^2 + 1 - \|P\|^2`. The last difference is
    rounding, and omitted, if the centroid is unit up to rounding.
    """
    missing = 1 - jnp.sum(centroid * centroid, axis=-1)
    rounding = centroid.shape[-1] * jnp.finfo(centroid.dtype).eps
    missing = jnp.where(jnp.abs(missing) < rounding, 0, missing)
    return (jnp.sum((direction - centroid) ** 2, axis=-1) + missing) / 2


# Own rule because its terms vanish with the angle, but the terms of autodiff
# cancel, and because autodiff would keep several arrays of the features' size.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _squared_gap(
    hypot: bool,
    features: jax.Array,
    labels: jax.Array,
    centroids: jax.Array,
    delta: jax.Array,
) -> jax.Array:
    return _fwd(hypot, features, labels, centroids, delta)[0]


def _fwd(hypot, features, labels, centroids, delta):
    gap = _gap(hypot, features, take_rows(centroids, labels), delta)[0]
    return gap**2, (features, labels, centroids, delta)


def _bwd(hypot, residuals, cotangent):
    features, labels, centroids, delta = residuals
    centroid = take_rows(centroids, labels)
    gap, inverse, longer = _gap(hypot, features, centroid, delta)
    direction = unit(features)
    share = 1 - longer + gap * longer  # 1 - c dh/d|x|
    slope = centroid - direction + share[..., None] * direction
    return (-2 * cotangent * gap * inverse)[..., None] * slope, None, None, None


_squared_gap.defvjp(_fwd, _bwd)


def _gap(
    hypot: bool, features: jax.Array, centroid: jax.Array, delta: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns 1 - c, 1 / h and the derivative of h by the norm."""
    length = norm(features)
    h = jnp.hypot(length, delta) if hypot else length + delta
    inverse = jnp.where(h == 0, 0, 1 / jnp.where(h == 0, 1, h))
    added = delta * delta / jnp.where(h == 0, 1, h + length) if hypot else delta
    away = length * one_minus_cosine(unit(features), centroid)
    gap = jnp.where(h == 0, 1, (added + away) * inverse)
    return gap, inverse, length * inverse if hypot else jnp.ones_like(h)
