"""Gaussian discriminant analysis (GDA) of features."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax.metrics import _inputs


class GaussianDiscriminant(NamedTuple):
    """One Gaussian a class.

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
    r"""Fits a Gaussian to the features of each class, by maximum likelihood.

    .. math:: \mu_k = \frac{1}{n_k} \sum_{y_i = k} x_i, \qquad
        \Sigma_k = \frac{1}{n_k} \sum_{y_i = k} (x_i - \mu_k)(x_i - \mu_k)^\top.

    Args:
        features: `[n, num_features]`.
        labels: Integer classes, `[n]`. A class without an example, which needs
            shrinkage, is never predicted.
        num_classes: The number of classes.
        shared: Whether all classes have the mean covariance of the examples, which
            makes the boundaries linear.
        shrinkage: The share, in [0, 1], of each covariance that gives way to the
            identity times the mean variance of a feature within the classes. A class
            with no more examples than features needs it; the paper does not say how it
            did without.

    Returns:
        The Gaussians.

    Raises:
        TypeError: If the features are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, the shrinkage is
            outside [0, 1], or there are too few examples to do without.

    Reference:
        Zhu et al., POD Loss, Table 9 (a covariance for each class).
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    shrinkage = _checks.between("shrinkage", shrinkage, 0, 1)
    x = _inputs.features(features)
    labels = _checks.integer_labels(labels, num_classes)
    if x.ndim != 2 or labels.shape != x.shape[:1]:
        raise ValueError(
            "features must be [n, num_features] and labels [n], got shapes "
            f"{x.shape} and {labels.shape}"
        )
    n, d = x.shape
    counts = jnp.bincount(labels, length=num_classes)
    _inputs.enough_examples(counts, d, shared, shrinkage)
    sizes = jnp.maximum(counts, 1).astype(x.dtype)[:, None]
    means = jax.ops.segment_sum(x, labels, num_segments=num_classes) / sizes

    def add(scatters, example):
        deviation, k = example
        return scatters.at[k].add(jnp.outer(deviation, deviation)), None

    groups = jnp.zeros_like(labels) if shared else labels
    zeros = jnp.zeros((1 if shared else num_classes, d, d), x.dtype)
    scatters, _ = jax.lax.scan(add, zeros, (x - means[labels], groups))
    covariances = scatters / (n if shared else sizes[..., None])
    spread = jnp.trace(jnp.sum(scatters, axis=0)) / (n * d)
    covariances += shrinkage * (spread * jnp.eye(d) - covariances)
    factors = jnp.linalg.cholesky(covariances)
    return GaussianDiscriminant(means, factors, jnp.log(counts / n))


def gaussian_discriminant(
    features: ArrayLike, gaussians: GaussianDiscriminant
) -> jax.Array:
    r"""Scores features by the Gaussian of each class.

    .. math:: \log \pi_k - \frac{1}{2} \log |\Sigma_k|
        - \frac{1}{2} (x - \mu_k)^\top \Sigma_k^{-1} (x - \mu_k).

    Args:
        features: `[..., num_features]`.
        gaussians: What `fit_gaussian_discriminant` returned.

    Returns:
        The joint log-likelihood of each class and the features, less a constant,
        `[..., num_classes]`; the largest is the prediction, and its softmax the
        posterior.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Reference:
        Zhu et al., POD Loss, Table 9.
    """
    x = _inputs.features(features, gaussians.means.shape[1])
    rows = x.reshape(-1, x.shape[-1])

    def score(gaussian):
        mean, k, log_prior = gaussian
        factor = gaussians.factors[k]
        white = solve_triangular(factor, (rows - mean).T, lower=True)
        log_determinant = 2 * jnp.sum(jnp.log(jnp.diagonal(factor)))
        return log_prior - (log_determinant + jnp.sum(white**2, axis=0)) / 2

    num_classes = len(gaussians.means)
    places = jnp.minimum(jnp.arange(num_classes), len(gaussians.factors) - 1)
    scores = jax.lax.map(score, (gaussians.means, places, gaussians.log_priors))
    return scores.T.reshape(*x.shape[:-1], num_classes)
