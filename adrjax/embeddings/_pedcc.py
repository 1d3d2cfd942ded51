"""PEDCC loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import psum
from adrjax._labels import has_class
from adrjax._vectors import inner_products, unit
from adrjax.embeddings._pedcc_mse import pedcc_mse
from adrjax.losses._log_odds import log_odds
from adrjax.margins import cosface


def pedcc(
    features: ArrayLike,
    labels: ArrayLike,
    centroids: ArrayLike,
    *,
    margin: ArrayLike = 0.5,
    scale: ArrayLike = 15.0,
    lam: ArrayLike = 1.0,
    n: ArrayLike = 1,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Classifies by a margin on the cosines to fixed centroids, and pulls to them.

    .. math:: L = L_\mathrm{AM} + \lambda \sqrt[n]{L_\mathrm{MSE}},

    with :math:`L_\mathrm{AM}` the cross entropy of `margins.cosface` and
    :math:`L_\mathrm{MSE}` the mean of `pedcc_mse`. The root is of the batch's mean;
    each example bears a part of it, :math:`\ell_i L_\mathrm{MSE}^{1/n - 1}`, which for
    n = 1 is its own :math:`\ell_i`, and the mean of the parts is the root. As the
    root's derivative is infinite at 0, :math:`L_\mathrm{MSE}` counts as 1e-12 where it
    is less. No gradient flows into the centroids.

    Where a label names no class the loss is NaN and its gradient 0.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`; all leading axes are the batch.
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        margin: The margin m of the cosines, at least 0.
        scale: The scale s of the cosines, at least 0. The authors' code has 15 with a
            margin of 0.5, and 7.5 with 0.35 for CIFAR-100.
        lam: The weight of the distance, at least 0.
        n: Which root is taken of it, at least 1.
        axis_name: The device axis that the batch is split over, for n > 1.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class, margin, scale or
            lam is negative or n below 1.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (2) to (4).
    """
    lam, n = _checks.between("lam", lam, 0), _checks.between("n", n, 1)
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    cosines = inner_products(unit(features), jax.lax.stop_gradient(centroids))
    logits = cosface(cosines, labels, margin=margin, scale=scale)
    known = has_class(labels, len(centroids))
    distances = jnp.where(known, pedcc_mse(features, labels, centroids), 0)
    batch = psum(jnp.sum(known, dtype=features.dtype), axis_name)
    mse = psum(jnp.sum(distances), axis_name)
    mse = jnp.maximum(mse / jnp.maximum(batch, 1), 1e-12)
    # The cross entropy, exact however near 0 it is.
    separation = -jax.nn.log_sigmoid(log_odds(logits, labels))
    return separation + lam * distances * mse ** (1 / n - 1)
