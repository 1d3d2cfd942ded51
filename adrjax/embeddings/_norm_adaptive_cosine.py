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
    r"""Turns each feature to the fixed centroid of its class and makes it longer.

    .. math:: L = (1 - c)^2, \qquad c = \frac{x \cdot P_y}{h}, \qquad
        h = \|x\| + \delta, \qquad \frac{\partial L}{\partial x} =
        -\frac{2 (1 - c)}{h} \left(P_y - c \frac{x}{\|x\|}\right).

    Since c is the cosine times :math:`\|x\| / h`, a short feature gains by growing; no
    finite one reaches 0. At :math:`x = 0` the loss is 1 and the gradient points to the
    centroid. No gradient flows into the centroids or `delta`.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        delta: What is added to the norm, at least 0; 0 is `embeddings.cosine`. `nac`
            sets it from the mean norm.
        hypot: Whether :math:`h = \sqrt{\|x\|^2 + \delta^2}`, as in the authors' code,
            which appends delta to the features. The paper adds it to the norm.

    Returns:
        The loss of each example, in [0, 4], `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class or delta is
            negative.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (16) and (17).
    """
    delta = _checks.between("delta", delta, 0)
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    loss: jax.Array = _squared_gap(
        hypot, features, labels, centroids, delta.astype(features.dtype)
    )
    return jnp.where(has_class(labels, len(centroids)), loss, jnp.nan)


def one_minus_cosine(direction: jax.Array, centroid: jax.Array) -> jax.Array:
    r"""Returns :math:`1 - \hat x \cdot P` without cancellation, `[...]`.

    It is half of :math:`\|\hat x - P\|^2 + 1 - \|P\|^2`, whose last difference is
    rounding and left out wherever the centroid is as good as unit.
    """
    missing = 1 - jnp.sum(centroid * centroid, axis=-1)
    rounding = centroid.shape[-1] * jnp.finfo(centroid.dtype).eps
    missing = jnp.where(jnp.abs(missing) < rounding, 0, missing)
    return (jnp.sum((direction - centroid) ** 2, axis=-1) + missing) / 2


# Own rule because its parts vanish with the angle, where those of autodiff cancel, and
# because autodiff would keep several arrays of the features' size.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _squared_gap(hypot, features, labels, centroids, delta):
    return _fwd(hypot, features, labels, centroids, delta)[0]


def _fwd(hypot, features, labels, centroids, delta):
    gap = _gap(hypot, features, take_rows(centroids, labels), delta)[0]
    return gap**2, (features, labels, centroids, delta)


def _bwd(hypot, residuals, cotangent):
    features, labels, centroids, delta = residuals
    centroid = take_rows(centroids, labels)
    gap, over, longer = _gap(hypot, features, centroid, delta)
    direction = unit(features)
    share = 1 - longer + gap * longer  # 1 - c dh/d|x|
    slope = centroid - direction + share[..., None] * direction
    return (-2 * cotangent * gap * over)[..., None] * slope, None, None, None


_squared_gap.defvjp(_fwd, _bwd)


def _gap(hypot, features, centroid, delta):
    """Returns 1 - c, 1 / h and the derivative of h by the norm."""
    length = norm(features)
    h = jnp.hypot(length, delta) if hypot else length + delta
    over = jnp.where(h > 0, 1 / jnp.where(h > 0, h, 1), 0)
    added = delta * delta / jnp.where(h > 0, h + length, 1) if hypot else delta
    away = length * one_minus_cosine(unit(features), centroid)
    gap = jnp.where(h > 0, (added + away) * over, 1)
    return gap, over, length * over if hypot else jnp.ones_like(h)
