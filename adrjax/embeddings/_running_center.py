"""Center loss that remembers its centers."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._base import StatefulLoss
from adrjax.embeddings._center import center
from adrjax.embeddings._update_centers import update_centers


class RunningCenterState(NamedTuple):
    """What `running_center` remembers.

    Attributes:
        centers: One center a class, `[num_classes, dim]`.
    """

    centers: jax.Array


def running_center(
    num_classes: int,
    dim: int,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
) -> StatefulLoss:
    r"""Pulls each feature to a center that follows the features of its class.

    The loss is `center` of the centers as they were before the batch, which
    `update_centers` then moves. They start at 0 and are a statistic: no gradient flows
    into them and no optimizer sees them.

    Args:
        num_classes: The number of classes.
        dim: The dimension of the features.
        alpha: The length of the centers' step, in [0, 1].
        axis_name: The device axis that the batch is split over.

    Returns:
        A loss of `(features, labels)`, one value an example, and its state.

    Raises:
        TypeError: If `num_classes` or `dim` is no whole number.
        ValueError: If one of them is below 1 or alpha is outside [0, 1].

    Reference:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eqs. (2) and (4) and Algorithm 1.
    """
    _checks.count("num_classes", num_classes, low=1)
    _checks.count("dim", dim, low=1)
    _checks.between("alpha", alpha, 0, 1)

    def init():
        return RunningCenterState(jnp.zeros((num_classes, dim)))

    def apply(state, features, labels):
        centers = jax.lax.stop_gradient(state.centers)
        values = center(features, labels, centers)
        moved = update_centers(
            features, labels, centers, alpha=alpha, axis_name=axis_name
        )
        return values, RunningCenterState(moved.astype(centers.dtype))

    return StatefulLoss(init, apply)
