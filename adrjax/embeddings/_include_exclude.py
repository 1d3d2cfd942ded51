"""Include and exclude loss (IE)."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _devices, _vector_checks
from adrjax._labels import has_class, take_rows
from adrjax._top_k import contains, last_of, top_k
from adrjax._vectors import inner_products


def include_exclude(
    features: ArrayLike,
    labels: ArrayLike,
    centers: ArrayLike,
    variance: ArrayLike | None = None,
    *,
    alpha: ArrayLike = 0.1,
    num_nearest: int | None = None,
    inside: bool = False,
    present_only: bool = True,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Asks each feature to be nearer to its class's center than to those of others.

    .. math:: L = \left[\frac{d_y}{2\sigma^2} + \alpha + \log \sum_{c \in S}
        \exp\left(-\frac{d_c}{2\sigma^2}\right)\right]_+, \qquad d_c = \|f - \mu_c\|^2,

    .. math:: \frac{\partial L}{\partial f} = \frac{1}{\sigma^2}
        \left(\sum_{c \in S} w_c \mu_c - \mu_y\right) \text{ where } L > 0,

    with w the softmax in the logarithm and S the nearest centers of other classes in
    the batch, each once. Features, centers and variance are independent variables: none
    is differentiated through another. An example without other classes has the loss 0.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`; all leading axes are the batch.
        centers: One center a class, `[num_classes, dim]`, parameters.
        variance: The variance :math:`\sigma^2`, one positive number, a parameter; learn
            its logarithm, for a step of SGD could make it negative. None: that of the
            batch, :math:`\sum_n d_{y_n} / (B - 1)`, without gradient.
        alpha: The margin, at least 0.
        num_nearest: The number Q of centers in S, at least 1; of equal distances the
            lowest class first. Fewer if the batch has fewer. None: all.
        inside: Whether the distances in the logarithm are also divided by Q, Eq. (A.1),
            whose gradient Eqs. (8) to (10) are; Eqs. (5) and (6) do not.
        present_only: Whether S is of classes in the batch, or of all classes.
        axis_name: The device axis that the batch is split over, for the classes in the
            batch and its variance.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centers are not floating, the labels not integers or
            `num_nearest` no whole number.
        ValueError: If the shapes do not fit, a label names no class, alpha is negative,
            the variance not one positive number or `num_nearest` below 1.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eqs. (5) and (6).
    """
    alpha = _checks.between("alpha", alpha, 0)
    if num_nearest is not None:
        _checks.count("num_nearest", num_nearest, low=1)
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    f, y = features.reshape(-1, features.shape[-1]), labels.ravel()
    known = has_class(y, len(centers))
    own = take_rows(centers, y)
    if variance is None:
        sigma2 = _batch_variance(f, own, known, axis_name)
    else:
        sigma2 = _vector_checks.variance_of(f, variance)
    sigma2 = _devices.own(sigma2, axis_name)

    classes = jnp.arange(len(centers))
    if present_only:
        everyone_y = _devices.everyone(jnp.where(known, y, len(centers)), axis_name)
        size = min(len(centers), len(everyone_y))
        classes = jnp.unique(everyone_y, size=size, fill_value=len(centers))
    is_candidate = has_class(classes, len(centers)) & (classes != y[:, None])
    others = take_rows(centers, classes)
    loss: jax.Array = _include_exclude(
        num_nearest, inside, f, own, others, sigma2, is_candidate, alpha.astype(f.dtype)
    )
    return jnp.where(known, loss, jnp.nan).reshape(labels.shape)


def _batch_variance(f, own, known, axis_name):
    distances = jnp.where(known, jnp.sum((f - own) ** 2, axis=-1), 0)
    examples = _devices.total(jnp.sum(known, dtype=f.dtype), axis_name)
    variance = _devices.total(jnp.sum(distances), axis_name)
    variance /= jnp.maximum(examples - 1, 1)
    return jax.lax.stop_gradient(jnp.maximum(variance, 1e-12))


# Own rule because in the gradient of Eq. (6) the feature cancels, which autodiff leaves
# to rounding, and because autodiff would keep several arrays `[batch, classes]`.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _include_exclude(
    num_nearest, inside, f, own, others, variance, is_candidate, alpha
):
    return _fwd(num_nearest, inside, f, own, others, variance, is_candidate, alpha)[0]


def _fwd(num_nearest, inside, f, own, others, variance, is_candidate, alpha):
    farther = _farther(f, own, others)
    near = is_candidate
    if num_nearest is not None:
        nearness = jnp.where(is_candidate, -farther, -jnp.inf)
        nearest = last_of(*top_k(nearness, min(num_nearest, nearness.shape[-1])))
        near &= contains(nearest, nearness)
    number = jnp.sum(near, axis=-1)
    share = 1 / jnp.maximum(number if num_nearest is None else num_nearest, 1)
    share = jnp.broadcast_to(share if inside else 1, number.shape).astype(f.dtype)

    absent = jnp.finfo(f.dtype).min / 4  # finite, so that no other class is no NaN
    exponents = -farther * (share / (2 * variance))[:, None]
    exponents = jnp.where(near, exponents, absent)
    log_sum = jax.nn.logsumexp(exponents, axis=-1)
    of_own = (1 - share) * jnp.sum((f - own) ** 2, axis=-1)
    raw = of_own / (2 * variance) + alpha + log_sum
    is_on = (number > 0) & (raw > 0)
    # Far from the centers log_sum is too large to be taken off the exponents.
    w = jnp.where(is_on[:, None] & near, jax.nn.softmax(exponents), 0)
    by_variance = share * jnp.sum(w * farther, axis=-1) - jnp.where(is_on, of_own, 0)
    residuals = f, own, others, variance, w, share, is_on, by_variance
    return jnp.where(is_on, raw, 0), residuals


def _bwd(num_nearest, inside, residuals, cotangent):
    f, own, others, variance, w, share, is_on, by_variance = residuals
    by_variance = jnp.sum(cotangent * by_variance) / (2 * variance**2)
    cotangent = jnp.where(is_on, cotangent, 0)[:, None] / variance
    share = share[:, None]
    to_others = inner_products(w, others.T)
    by_f = cotangent * ((1 - share) * f - own + share * to_others)
    by_own = -cotangent * (f - own)
    w = cotangent * share * w
    by_others = inner_products(w.T, f.T) - jnp.sum(w, axis=0)[:, None] * others
    return by_f, by_own, by_others, by_variance, None, None


_include_exclude.defvjp(_fwd, _bwd)


def _farther(f, own, others):
    """Returns how much farther the others are, squared: the square of f cancels."""
    of_others = jnp.sum(others * others, axis=-1) - 2 * inner_products(f, others)
    return of_others - jnp.sum(own * (own - 2 * f), axis=-1)[:, None]
