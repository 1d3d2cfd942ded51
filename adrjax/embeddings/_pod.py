"""Predefined-optimal-distribution loss (POD)."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax.embeddings._nac import NormOf, nac
from adrjax.embeddings._self_correlation import self_correlation


def pod(
    centroids: ArrayLike,
    *,
    alpha: ArrayLike = 0.01,
    lam: ArrayLike = 1.0,
    initial_delta: ArrayLike = 0.05,
    hypot: bool = False,
    norm_of: NormOf = "features",
    first_epoch: int = 0,
    per_dimension: bool = False,
    axis_name: str | None = None,
) -> StatefulLoss:
    r"""Trains a classifier without softmax: features go to fixed, even centroids.

    .. math:: L = L_\mathrm{NaC} + \lambda L_\mathrm{SC}.

    The prediction is the centroid of the largest cosine. What the authors' code
    computes is `hypot=True, norm_of="logits", per_dimension=True`.

    Args:
        centroids: One unit row a class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        alpha: How fast delta grows, at least 0; see `nac`.
        lam: The weight of `self_correlation`, at least 0.
        initial_delta: Delta in the first epoch, at least 0.
        hypot: Whether delta is added as in the authors' code; see
            `norm_adaptive_cosine`.
        norm_of: Whether M is the mean norm of the "features" or of the "logits".
        first_epoch: The number e of the first epoch.
        per_dimension: Whether to divide the self-correlation by `dim - 1`, as the
            authors' code does.
        axis_name: The device axis that the batch is split over.

    Returns:
        A loss of `(features, labels)`, one value an example, and the state of `nac`.
        The self-correlation is the same in each value, so that the mean is Eq. (20).

    Raises:
        TypeError: If the centroids are not floating or `first_epoch` no whole number.
        ValueError: If the centroids are no matrix, a number is negative or `norm_of`
            unknown.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Eq. (20).
    """
    lam = _checks.between("lam", lam, 0)
    adaptive = nac(
        centroids,
        alpha=alpha,
        initial_delta=initial_delta,
        hypot=hypot,
        norm_of=norm_of,
        first_epoch=first_epoch,
        axis_name=axis_name,
    )

    def apply(state, features, labels):
        values, state = adaptive.apply(state, features, labels)
        correlation: jax.Array = self_correlation(
            features,
            labels,
            centroids,
            per_dimension=per_dimension,
            axis_name=axis_name,
        )
        return values + lam * correlation, state

    return StatefulLoss(adaptive.init, apply, adaptive.end_epoch)
