"""Update of the centers of center loss."""

import jax
from jax.typing import ArrayLike

from adrjax import _checks, _vector_checks
from adrjax._devices import psum
from adrjax._labels import add_rows, has_class, take_rows


def update_centers(
    features: ArrayLike,
    labels: ArrayLike,
    centers: ArrayLike,
    *,
    alpha: ArrayLike = 0.5,
    axis_name: str | None = None,
) -> jax.Array:
    r"""Center loss's update: moves centers towards the features of their classes.

    .. math:: M_j \leftarrow M_j -
        \alpha \frac{\sum_{i: y_i = j} (M_j - x_i)}{1 + n_j}, \qquad
        n_j = |\{i: y_i = j\}|.

    A class that is not in the batch keeps its center. The result has no gradient. A
    label that is not a class is ignored.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centers: One center for each class, `[num_classes, dim]`.
        alpha: The step size, in [0, 1].
        axis_name: The device axis over which the batch is split.

    Returns:
        The next centers, `[num_classes, dim]`.

    Raises:
        TypeError: If features or centers are not floating or the labels not integers.
        ValueError: If the shapes do not match, a label is not a class or alpha is
            outside [0, 1].

    Example:
        >>> from adrjax import embeddings
        >>> centers = [[0.0, 0.0], [4.0, 0.0]]
        >>> print(embeddings.update_centers([[3.0, 0.0]], [0], centers, alpha=0.5))
        [[0.75 0.  ]
         [4.   0.  ]]

    Reference:
        Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eq. (4), in the form of its code, center_loss_layer.cpp.
    """
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    alpha = _checks.between("alpha", alpha, 0, 1, like=features)
    classes, known = len(centers), has_class(labels, len(centers))
    moves = psum(
        add_rows(take_rows(centers, labels) - features, labels, classes), axis_name
    )
    counts = psum(add_rows(known.astype(features.dtype), labels, classes), axis_name)
    return jax.lax.stop_gradient(centers - alpha * moves / (1 + counts)[:, None])
