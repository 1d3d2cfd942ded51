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
    r"""PEDCC loss: AM-Softmax on fixed centroids plus the distance to them.

    It trains a classifier whose weights are predefined, evenly distributed class
    centroids (PEDCC): AM-Softmax separates the classes and the distance makes each of
    them compact.

    .. math:: L = L_\mathrm{AM} + \lambda \sqrt[n]{L_\mathrm{MSE}}.

    :math:`L_\mathrm{AM}` is the cross entropy of `margins.cosface` and
    :math:`L_\mathrm{MSE}` the mean of `pedcc_mse`. The root is of the batch's mean, and
    the part of an example is :math:`\ell_i L_\mathrm{MSE}^{1/n - 1}`: for n = 1 its own
    :math:`\ell_i`. The mean of the parts is the root. The root's derivative is infinite
    at 0, so :math:`L_\mathrm{MSE}` is at least 1e-12 there. The centroids have no
    gradient. The authors' code has a power in place of the root, and no lam.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`. All leading axes are the batch.
        labels: Integer classes, `[...]`.
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        margin: The margin m of the cosines, at least 0.
        scale: The scale s of the cosines, at least 0. The authors' code has 15 with a
            margin of 0.5, and 7.5 with 0.35 for CIFAR-100.
        lam: The weight of the distance, at least 0.
        n: The order of the root, at least 1.
        axis_name: The device axis over which the batch is split, for n > 1.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centroids are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class, margin, scale or
            lam is negative or n is below 1.

    Example:
        >>> from adrjax import embeddings
        >>> centroids = [[1.0, 0.0], [-1.0, 0.0]]
        >>> print(f"{embeddings.pedcc([3.0, 4.0], 0, centroids):.3f}")
        0.400

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eqs. (2) to (4).
    """
    features, labels, centroids = _vector_checks.features_and_labels(
        features, labels, centroids, "centroids"
    )
    lam = _checks.between("lam", lam, 0, like=features)
    n = _checks.between("n", n, 1, like=features)
    cosines = inner_products(unit(features), jax.lax.stop_gradient(centroids))
    logits = cosface(cosines, labels, margin=margin, scale=scale)
    known = has_class(labels, len(centroids))
    distances = jnp.where(known, pedcc_mse(features, labels, centroids), 0)
    batch = psum(jnp.sum(known, dtype=features.dtype), axis_name)
    mse = psum(jnp.sum(distances), axis_name)
    mse = jnp.maximum(mse / jnp.maximum(batch, 1), 1e-12)
    mse = jnp.where(n == 1, 1, mse)  # then no example has a part in another's gradient
    # The cross entropy, exact however close to 0.
    separation = -jax.nn.log_sigmoid(log_odds(logits, labels))
    return separation + lam * distances * mse ** (1 / n - 1)
