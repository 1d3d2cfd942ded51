"""Include and Exclude (IE) loss."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import all_gather, psum, pvary
from adrjax._labels import has_class, take_rows
from adrjax._top_k import contains, last_of, of_top_k
from adrjax._vectors import inner_products


def include_exclude(
    features: ArrayLike,
    labels: ArrayLike,
    centers: ArrayLike,
    variance: ArrayLike | None = None,
    *,
    alpha: ArrayLike = 0.1,
    num_nearest: int | None = None,
    share_nearest: float | None = None,
    inside: bool = False,
    present_only: bool = True,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Include and Exclude (IE) loss: class center against the centers of others.

    A feature must be nearer to the center of its class than to the other centers, by a
    margin. It is added to cross entropy. Its centers are parameters, which
    `heads.Centers` holds.

    .. math:: L = \left[\frac{d_y}{2\sigma^2} + \alpha + \log \sum_{c \in S}
        \exp\left(-\frac{d_c}{2\sigma^2}\right)\right]_+, \qquad d_c = \|f - \mu_c\|^2,

    .. math:: \frac{\partial L}{\partial f} = \frac{1}{\sigma^2}
        \left(\sum_{c \in S} w_c \mu_c - \mu_y\right) \text{ where } L > 0.

    S holds the nearest centers of other classes in the batch, each once, and w is the
    softmax in the logarithm. Features, centers and variance are independent variables:
    none is differentiated through another. An example without other classes has the
    loss 0.

    The defaults follow Eqs. (5) and (6): the batch's variance, and no Q in the
    exponent. The paper's gradients and Algorithm 1 are another reading: a learned
    variance, and `inside=True`. A reproduction should set both.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`. All leading axes are the batch.
        labels: Integer classes, `[...]`.
        centers: One center for each class, `[num_classes, dim]`.
        variance: The variance :math:`\sigma^2`, one positive number. As a parameter,
            learn its logarithm: a step of SGD could make the variance negative. None:
            the variance of the batch, :math:`\sum_n d_{y_n} / (B - 1)`, without
            gradient.
        alpha: The margin, at least 0.
        num_nearest: The number Q of centers in S, at least 1. Of equal distances the
            lowest class is nearest. S is smaller if the batch has fewer other classes.
            None: all.
        share_nearest: Q as a share of the number N of other classes of the example, in
            (0, 1], in place of `num_nearest`: Q is `share_nearest * N`, rounded to the
            nearest integer and half to even, and at least 1. N counts the other classes
            in the batch, or with `present_only=False` all other classes. IE has 0.2 on
            faces.
        inside: Whether the distances in the logarithm are also divided by Q, as in Eq.
            (A.1), of which Eqs. (8) to (10) are the gradient. Eqs. (5) and (6) do not
            divide.
        present_only: Whether S is taken from the classes in the batch, or from all.
        axis_name: The device axis over which the batch is split, for the classes in the
            batch and its variance.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centers are not floating, or labels or `num_nearest`
            not integers.
        ValueError: If the shapes do not match, a label is not a class, alpha is
            negative, the variance is not one positive number, `num_nearest` is below 1,
            `share_nearest` is not in (0, 1], or both are given.

    Example:
        >>> from adrjax import embeddings
        >>> features, centers = [[0.0, 0.0], [3.0, 0.0]], [[0.0, 1.0], [2.0, 0.0]]
        >>> print(embeddings.include_exclude(features, [0, 1], centers, 1.0, alpha=2.0))
        [0.5 0. ]

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning,
        Eqs. (5) and (6).
    """
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    alpha = _checks.between("alpha", alpha, 0, like=features)
    if num_nearest is not None:
        num_nearest = _checks.count("num_nearest", num_nearest, low=1)
    if share_nearest is not None:
        _checks.between("share_nearest", share_nearest, 0, 1)
        _checks.positive("share_nearest", share_nearest)
        if num_nearest is not None:
            raise ValueError(
                f"num_nearest and share_nearest are both Q, give one of them, got "
                f"{num_nearest} and {share_nearest}"
            )
    f, y = features.reshape(-1, features.shape[-1]), labels.ravel()
    known = has_class(y, len(centers))
    own = take_rows(centers, y)
    if variance is None:
        sigma2 = _batch_variance(f, own, known, axis_name)
    else:
        sigma2 = _checks.positive("variance", variance, like=features)
    alpha, sigma2 = pvary(alpha, axis_name), pvary(sigma2, axis_name)

    classes = jnp.arange(len(centers), dtype=y.dtype)
    if present_only:
        present = all_gather(jnp.where(known, y, len(centers)), axis_name)
        size = max(min(len(centers), len(present)), 1)
        classes = jnp.unique(present, size=size, fill_value=len(centers))
    classes = classes[None]
    is_candidate = has_class(classes, len(centers)) & (classes != y[:, None])
    others = take_rows(centers, classes[0])
    loss: jax.Array = _include_exclude(
        num_nearest, share_nearest, inside, f, own, others, sigma2, is_candidate, alpha
    )
    return jnp.where(known, loss, jnp.nan).reshape(labels.shape)


def _batch_variance(
    f: jax.Array, own: jax.Array, known: jax.Array, axis_name: str | None
) -> jax.Array:
    distances = jnp.where(known, jnp.sum((f - own) ** 2, axis=-1), 0)
    examples = psum(jnp.sum(known, dtype=f.dtype), axis_name)
    variance = psum(jnp.sum(distances), axis_name) / jnp.maximum(examples - 1, 1)
    return jax.lax.stop_gradient(jnp.maximum(variance, 1e-12))


# Own rule because in the gradient of Eq. (6) the feature cancels, which autodiff leaves
# to rounding, and because autodiff would keep several arrays `[batch, classes]`.
@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _include_exclude(
    num_nearest: int | None,
    share_nearest: float | None,
    inside: bool,
    f: jax.Array,
    own: jax.Array,
    others: jax.Array,
    variance: jax.Array,
    is_candidate: jax.Array,
    alpha: jax.Array,
) -> jax.Array:
    return _fwd(
        num_nearest,
        share_nearest,
        inside,
        f,
        own,
        others,
        variance,
        is_candidate,
        alpha,
    )[0]


def _fwd(
    num_nearest, share_nearest, inside, f, own, others, variance, is_candidate, alpha
):
    farther = _farther(f, own, others)
    nearness = jnp.where(jnp.isnan(farther), jnp.inf, -farther)  # a NaN is selected
    nearness = jnp.where(is_candidate, nearness, jnp.finfo(f.dtype).min)
    near = is_candidate
    if num_nearest is not None:
        count = min(num_nearest, nearness.shape[-1])
        nearest = of_top_k(last_of, nearness, count)
        near &= contains(nearest, nearness)
    if share_nearest is not None:
        others_of_each = jnp.sum(is_candidate, axis=-1, keepdims=True, dtype=f.dtype)
        wanted = jnp.maximum(jnp.round(share_nearest * others_of_each), 1)
        order = jnp.argsort(nearness, axis=-1, descending=True)
        near &= jnp.argsort(order, axis=-1) < wanted.astype(order.dtype)
    number = jnp.sum(near, axis=-1)
    share = 1 / jnp.maximum(number if num_nearest is None else num_nearest, 1)
    share = jnp.broadcast_to(share if inside else 1, number.shape).astype(f.dtype)

    absent = jnp.finfo(f.dtype).min / 4  # finite: a row without other classes is no NaN
    exponents = -farther * (share / (2 * variance))[:, None]
    exponents = jnp.where(near, exponents, absent)
    log_sum = jax.nn.logsumexp(exponents, axis=-1)
    of_own = (1 - share) * jnp.sum((f - own) ** 2, axis=-1)
    raw = of_own / (2 * variance) + alpha + log_sum
    raw = jnp.where(number > 0, raw, jnp.minimum(raw, 0))
    is_on = ~(raw <= 0)  # a NaN is on
    # Far from the centers log_sum is too large to be subtracted from the exponents.
    w = jnp.where(is_on[:, None] & near, jax.nn.softmax(exponents), 0)
    by_variance = share * jnp.sum(w * farther, axis=-1) - jnp.where(is_on, of_own, 0)
    residuals = f, own, others, variance, w, share, is_on, by_variance
    return jnp.where(is_on, raw, 0), residuals


def _bwd(num_nearest, share_nearest, inside, residuals, cotangent):
    f, own, others, variance, w, share, is_on, by_variance = residuals
    by_variance = jnp.sum(cotangent * by_variance) / (2 * variance**2)
    cotangent = jnp.where(is_on, cotangent, 0)
    by_alpha = jnp.sum(cotangent)
    cotangent, share = cotangent[:, None] / variance, share[:, None]
    to_others = inner_products(w, others.T)
    by_f = cotangent * ((1 - share) * f - own + share * to_others)
    by_own = -cotangent * (f - own)
    w = cotangent * share * w
    by_others = inner_products(w.T, f.T) - jnp.sum(w, axis=0)[:, None] * others
    return by_f, by_own, by_others, by_variance, None, by_alpha


_include_exclude.defvjp(_fwd, _bwd)


def _farther(f: jax.Array, own: jax.Array, others: jax.Array) -> jax.Array:
    """Returns the squared distances to others minus own's: the square of f cancels."""
    of_others = jnp.sum(others * others, axis=-1)[None] - 2 * inner_products(f, others)
    return of_others - jnp.sum(own * (own - 2 * f), axis=-1)[:, None]
