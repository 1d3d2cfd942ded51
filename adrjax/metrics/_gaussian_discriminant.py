"""Gaussian discriminant analysis (GDA) of features."""

from collections.abc import Callable
import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.typing import ArrayLike

from adrjax import _checks, _vectors
from adrjax._labels import has_class
from adrjax._softmax import TwoSum, two_sum
from adrjax.metrics import _inputs


class GaussianDiscriminant(NamedTuple):
    """Gaussian discriminant: one Gaussian for each class.

    Attributes:
        means: `[num_classes, num_features]`.
        factors: Lower Cholesky factors of the covariances, `[num_classes, num_features,
            num_features]`, or of the shared one, `[1, num_features, num_features]`.
        log_priors: The logarithms of the classes' shares, `[num_classes]`.
    """

    means: jax.Array
    factors: jax.Array
    log_priors: jax.Array


def fit_gaussian_discriminant(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    num_classes: int,
    shared: bool = False,
    shrinkage: ArrayLike = 0.0,
) -> GaussianDiscriminant:
    r"""Gaussian discriminant analysis (GDA): a Gaussian for each class's features.

    .. math:: \mu_k = \frac{1}{n_k} \sum_{y_i = k} x_i, \qquad
        \Sigma_k = \frac{1}{n_k} \sum_{y_i = k} (x_i - \mu_k)(x_i - \mu_k)^\top.

    A covariance for each class is quadratic discriminant analysis (QDA), a shared one
    is linear discriminant analysis (LDA). Covariances are maximum-likelihood estimates,
    divided by n; scikit-learn's QDA divides by n - 1. A singular covariance raises or,
    under `jax.jit`, has a factor of NaN.

    Args:
        features: `[n, num_features]`.
        labels: Integer classes, `[n]`. A class without an example needs shrinkage; its
            prior is 0, so it is never predicted.
        num_classes: The number of classes.
        shared: Whether all classes share the mean covariance of the examples, which
            makes the boundaries linear.
        shrinkage: A number s in [0, 1]: each covariance becomes (1 - s) times itself
            plus s times the identity, scaled by the mean variance of a feature within
            the classes. A class with no more examples than features needs it, and so do
            constant and collinear features. The paper does not print one.

    Returns:
        The Gaussians.

    Raises:
        TypeError: If the features are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label is not a class, the
            shrinkage is outside of [0, 1], or a covariance is singular.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> features = jnp.array([[0.0], [2.0], [6.0], [8.0]])
        >>> labels = jnp.array([0, 0, 1, 1])
        >>> gaussians = metrics.fit_gaussian_discriminant(
        ...     features, labels, num_classes=2
        ... )
        >>> gaussians.means.tolist(), gaussians.factors.ravel().tolist()
        ([[1.0], [7.0]], [1.0, 1.0])

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Table 9 (a covariance for each class).
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    x = _inputs.features(features)
    shrinkage = _checks.between("shrinkage", shrinkage, 0, 1, like=x)
    labels = _checks.integer_labels(labels, num_classes)
    if x.ndim != 2 or labels.shape != x.shape[:1]:
        raise ValueError(
            "features must be [n, num_features] and labels [n], got shapes "
            f"{x.shape} and {labels.shape}"
        )
    if not labels.size:
        raise ValueError(f"features must hold an example, got shape {x.shape}")
    _inputs.enough_examples(labels, num_classes, x.shape[1], shared, shrinkage)
    gaussians, is_singular = _fit(x, labels, shrinkage, num_classes, shared)
    _inputs.no_singular_covariance(is_singular, shared, shrinkage)
    return gaussians


def gaussian_discriminant(
    features: ArrayLike, gaussians: GaussianDiscriminant
) -> jax.Array:
    r"""Gaussian discriminant scores: the log-likelihood of features in each class.

    .. math:: \log \pi_k - \frac{1}{2} \log |\Sigma_k|
        - \frac{1}{2} (x - \mu_k)^\top \Sigma_k^{-1} (x - \mu_k).

    Args:
        features: `[..., num_features]`.
        gaussians: The result of `fit_gaussian_discriminant`.

    Returns:
        The joint log-likelihood of each class and the features, without the constant
        :math:`-\frac{d}{2} \log 2 \pi`, `[..., num_classes]`. The largest is the
        prediction, and the softmax is the posterior.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> features = jnp.array([[0.0], [2.0], [6.0], [8.0]])
        >>> labels = jnp.array([0, 0, 1, 1])
        >>> gaussians = metrics.fit_gaussian_discriminant(
        ...     features, labels, num_classes=2
        ... )
        >>> scores = metrics.gaussian_discriminant(jnp.array([3.0]), gaussians)
        >>> scores.argmax().item()
        0

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Table 9.
    """
    gaussians = GaussianDiscriminant(*map(jnp.asarray, gaussians))
    x = _inputs.features(features, gaussians.means.shape[1])
    rows = x.reshape(-1, x.shape[-1])

    def score(gaussian: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        mean, k, log_prior = gaussian
        factor = gaussians.factors[k]
        white = solve_triangular(factor, (rows - mean[None]).T, lower=True)
        log_determinant = 2 * jnp.sum(jnp.log(jnp.diagonal(factor)))
        return log_prior - (log_determinant + jnp.sum(white**2, axis=0)) / 2

    num_classes = len(gaussians.means)
    places = jnp.minimum(jnp.arange(num_classes), len(gaussians.factors) - 1)
    scores = jax.lax.map(score, (gaussians.means, places, gaussians.log_priors))
    return scores.T.reshape(*x.shape[:-1], num_classes)


@functools.partial(jax.jit, static_argnames=("num_classes", "shared"))
def _fit(
    x: jax.Array,
    labels: jax.Array,
    shrinkage: jax.Array,
    num_classes: int,
    shared: bool,
) -> tuple[GaussianDiscriminant, jax.Array]:
    """Returns the Gaussians and which covariances are singular."""
    # Labels outside of the classes form one more group, which is dropped.
    labels = jnp.where(has_class(labels, num_classes), labels, num_classes)
    sizes, d = jnp.bincount(labels, length=num_classes).astype(x.dtype), x.shape[1]
    sums = _sum_by_group(x, labels, num_classes, lambda rows: jnp.sum(rows, axis=0))
    means = sums / jnp.maximum(sizes, 1)[:, None]
    magnitudes, groups, group_sizes = jnp.abs(means), labels, sizes
    if shared:
        magnitudes = jnp.max(magnitudes, axis=0, keepdims=True)
        groups, group_sizes = labels // num_classes, jnp.sum(sizes)[None]
    scatters = _sum_by_group(
        x - means[labels],
        groups,
        len(group_sizes),
        lambda rows: _vectors.inner_products(rows.T, rows.T),
    )
    covariances = scatters / jnp.maximum(group_sizes, 1)[:, None, None]
    spread = jnp.trace(jnp.sum(scatters, axis=0)) / (jnp.sum(sizes) * d)
    identity = spread * jnp.eye(d, dtype=x.dtype)
    covariances += shrinkage * (identity[None] - covariances)
    factors, is_singular = _factors(covariances, magnitudes)
    log_priors = jnp.log(sizes / jnp.sum(sizes))
    gaussians = GaussianDiscriminant(means, factors, log_priors)
    return gaussians, is_singular & ~jnp.isnan(spread)


def _sum_by_group(
    rows: jax.Array,
    groups: jax.Array,
    num_groups: int,
    term: Callable[[jax.Array], jax.Array],
) -> jax.Array:
    """Returns the sum of a term over the rows of each group; `num_groups` is dropped.

    Blocks of up to 128 rows of one group are added, and their rounding errors are
    carried along: of a million numbers added one by one float32 loses several percent.

    Args:
        rows: `[n, num_features]`.
        groups: Integer in 0..num_groups, `[n]`.
        num_groups: The number of groups.
        term: Maps a block, padded by zeros, to its term, which is 0 for zeros.
    """
    n, size = len(rows), 128
    order = jnp.argsort(groups)
    counts = jnp.bincount(groups, length=num_groups + 1)
    blocks = (counts + size - 1) // size
    group, total = groups[order], n // size + num_groups + 1
    place = jnp.arange(n) - (jnp.cumsum(counts) - counts)[group]
    place += size * (jnp.cumsum(blocks) - blocks)[group]
    padded = jnp.zeros((total * size, rows.shape[1]), rows.dtype)
    padded = padded.at[place].set(rows[order]).reshape(total, size, -1)
    owners = jnp.repeat(jnp.arange(num_groups + 1), blocks, total_repeat_length=total)

    def add(sums: TwoSum, block: tuple[jax.Array, jax.Array]) -> tuple[TwoSum, None]:
        rows, k = block
        total = two_sum(sums.high[k], sums.low[k] + term(rows))
        high, low = sums.high.at[k].set(total.high), sums.low.at[k].set(total.low)
        return TwoSum(high, low), None

    shape = jax.eval_shape(term, padded[0]).shape
    zeros = jnp.zeros((num_groups + 1, *shape), rows.dtype)
    sums, _ = jax.lax.scan(add, TwoSum(zeros, zeros), (padded, owners))
    return sums.high[:num_groups]


def _factors(
    covariances: jax.Array, magnitudes: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Returns Cholesky factors, NaN for a singular covariance, and which are singular.

    A feature counts as constant if its deviation is no more than the rounding error of
    its magnitude. The correlation matrix counts as singular if the trace of its
    inverse, the sum of the inverse eigenvalues, is as large as rounding errors make it.

    Args:
        covariances: `[n, num_features, num_features]`.
        magnitudes: The absolute means of the features, `[n, num_features]`.
    """
    eps = jnp.finfo(covariances.dtype).eps
    variances = jnp.diagonal(covariances, axis1=1, axis2=2)
    is_constant = variances <= (4 * eps * magnitudes) ** 2
    scales = jnp.sqrt(jnp.where(is_constant, 1, variances))
    correlations = covariances / scales[:, :, None] / scales[:, None, :]
    factors = jnp.linalg.cholesky(correlations)
    identities = jnp.broadcast_to(
        jnp.eye(len(scales[0]), dtype=scales.dtype), factors.shape
    )
    inverses = solve_triangular(factors, identities, lower=True)
    trace = jnp.sum(inverses**2, axis=(1, 2))
    is_singular = ~(trace < 0.2 / eps) | jnp.any(is_constant, axis=1)
    factors = jnp.where(is_singular[:, None, None], jnp.nan, factors)
    return scales[:, :, None] * factors, is_singular
