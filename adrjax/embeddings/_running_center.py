"""Center loss with running centers."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax.embeddings._center import center
from adrjax.embeddings._update_centers import update_centers


class RunningCenterState(NamedTuple):
    """The state of `running_center`.

    Attributes:
        centers: One center for each class, `[num_classes, dim]`.
    """

    centers: jax.Array


def running_center(
    num_classes: int,
    dim: int,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
) -> StatefulLoss:
    r"""Center loss whose centers follow the features of their classes.

    The loss is `center` with the centers before the batch; `update_centers` then moves
    them. They are a statistic: they have no gradient and no optimizer updates them.

    The centers start at 0. The authors' Caffe layer starts them at random (Xavier). For
    another start, use `center` and `update_centers`.

    Args:
        num_classes: The number of classes.
        dim: The dimension of the features.
        alpha: The step size of the centers, in [0, 1].
        axis_name: The device axis over which the batch is split.

    Returns:
        A loss of `(features, labels)` with one value for each example, and its state.

    Raises:
        TypeError: If `num_classes` or `dim` is not an integer.
        ValueError: If one of them is below 1 or alpha is outside [0, 1].

    Example:
        >>> from adrjax import embeddings
        >>> loss = embeddings.running_center(num_classes=2, dim=2)
        >>> values, state = loss.apply(loss.init(), [[1.0, 0.0], [4.0, 2.0]], [0, 1])
        >>> print(values, state.centers[1])
        [ 0.5 10. ] [1.  0.5]

    Reference:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eqs. (2) and (4) and Algorithm 1.
    """
    num_classes = _checks.count("num_classes", num_classes, low=1)
    dim = _checks.count("dim", dim, low=1)
    alpha = _checks.between("alpha", alpha, 0, 1)

    def init() -> RunningCenterState:
        return RunningCenterState(jnp.zeros((num_classes, dim)))

    def apply(
        state: RunningCenterState, features: jax.Array, labels: jax.Array
    ) -> tuple[jax.Array, RunningCenterState]:
        centers = jax.lax.stop_gradient(state.centers)
        values = center(features, labels, centers)
        moved = update_centers(
            features, labels, centers, alpha=alpha, axis_name=axis_name
        )
        return values, RunningCenterState(moved.astype(centers.dtype))

    return StatefulLoss(init, apply)
