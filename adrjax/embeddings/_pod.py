"""POD (predefined optimal distribution) loss."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax.embeddings._nac import NacState, NormOf, nac
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
    r"""POD (predefined optimal distribution) loss: NaC plus self-correlation (SC).

    It trains a classifier without softmax: the features of each class move to a fixed
    centroid, and the class of the largest cosine is predicted.

    .. math:: L = L_\mathrm{NaC} + \lambda L_\mathrm{SC}.

    The paper and its code differ, and the defaults mix them: delta starts and counts
    epochs as in the code, the rest follows the paper. The paper is `initial_delta=0.05
    * alpha, first_epoch=1`, the code `hypot=True, norm_of="logits",
    per_dimension=True`; `nac` explains all but the last.

    An example whose label is not a class has loss NaN and gradient 0.

    Args:
        centroids: One unit row for each class, `[num_classes, dim]`, as from
            `centroids.simplex`.
        alpha: The growth of delta in each epoch, in mean norms, at least 0; see `nac`.
        lam: The weight of `self_correlation`, at least 0.
        initial_delta: Delta in the first epoch, at least 0.
        hypot: Whether :math:`h = \sqrt{\|x\|^2 + \delta^2}`, as in the authors' code;
            see `norm_adaptive_cosine`.
        norm_of: Whether the mean norm is of the "features", as in the paper, or of the
            "logits", as in the code.
        first_epoch: The number e of the first epoch.
        per_dimension: Whether the self-correlation is divided by `dim - 1`, as in the
            authors' code.
        axis_name: The device axis over which the batch is split.

    Returns:
        A loss of `(features, labels)` with one value for each example, and the state of
        `nac`. The self-correlation is the same in each value, and the mean is Eq. (20).

    Raises:
        TypeError: If the centroids are not floating or `first_epoch` is not an integer.
        ValueError: If the centroids are not a matrix, a number is negative or `norm_of`
            is unknown.

    Example:
        >>> from adrjax import embeddings
        >>> loss = embeddings.pod([[1.0, 0.0], [-1.0, 0.0]])
        >>> values, state = loss.apply(loss.init(), [[3.0, 4.0], [-1.0, 2.0]], [0, 1])
        >>> [round(float(x), 3) for x in values]
        [0.226, 0.377]

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

    def apply(
        state: NacState, features: jax.Array, labels: jax.Array
    ) -> tuple[jax.Array, NacState]:
        values, state = adaptive.apply(state, features, labels)
        correlation: jax.Array = self_correlation(
            features,
            labels,
            centroids,
            per_dimension=per_dimension,
            axis_name=axis_name,
        )
        return values + lam.astype(values.dtype) * correlation, state

    return StatefulLoss(adaptive.init, apply, adaptive.end_epoch)
