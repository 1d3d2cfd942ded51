"""The step that the centers of center loss take."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import psum
from adrjax._labels import has_class, take_rows


def update_centers(
    features: ArrayLike,
    labels: ArrayLike,
    centers: ArrayLike,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Moves the center of each class in the batch towards its features.

    .. math:: M_j \leftarrow M_j -
        \alpha \frac{\sum_{i: y_i = j} (M_j - x_i)}{1 + n_j}, \qquad
        n_j = |\{i: y_i = j\}|.

    No gradient flows through it. A label that names no class moves nothing.

    Args:
        features: What the network has made of each example, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centers: One center a class, `[num_classes, dim]`.
        alpha: The length of the step, in [0, 1].
        axis_name: The device axis that the batch is split over.

    Returns:
        The next centers, `[num_classes, dim]`.

    Raises:
        TypeError: If features or centers are not floating or the labels not integers.
        ValueError: If the shapes do not fit, a label names no class or alpha is outside
            [0, 1].

    Reference:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eq. (4), in the form of its code, center_loss_layer.cpp.
    """
    alpha = _checks.between("alpha", alpha, 0, 1)
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    x, y = features.reshape(-1, features.shape[-1]), labels.ravel()
    known = has_class(y, len(centers))
    gaps = jnp.where(known[:, None], take_rows(centers, y) - x, 0)
    y = jnp.where(known, y, 0)
    moves = psum(jnp.zeros_like(centers).at[y].add(gaps), axis_name)
    counts = jnp.zeros(len(centers), centers.dtype).at[y].add(known)
    moves /= 1 + psum(counts, axis_name)[:, None]
    return jax.lax.stop_gradient(centers - alpha * moves)
