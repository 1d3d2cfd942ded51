"""Center loss."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks
from adrjax._labels import has_class, take_rows


def center(features: ArrayLike, labels: ArrayLike, centers: ArrayLike) -> jax.Array:
    r"""Center loss: half the squared distance to the center of the class.

    It makes the features of a class compact, and is added to cross entropy, which
    separates the classes.

    .. math:: L = \tfrac12 \|x - M_y\|^2.

    The factor 1/2 is the paper's; some implementations omit it. Both the features
    and the centers have a gradient, so the centers may be parameters. In the paper they
    get no gradient but follow their classes: `running_center` does that, by
    `update_centers`.

    A label that is not a class has loss NaN and gradient 0.

    Args:
        features: Outputs of the network, `[..., dim]`.
        labels: Integer classes, `[...]`.
        centers: One center for each class, `[num_classes, dim]`.

    Returns:
        The loss of each example, `[...]`.

    Raises:
        TypeError: If features or centers are not floating or the labels not integers.
        ValueError: If the shapes do not match or a label is not a class.

    Example:
        >>> from adrjax import embeddings
        >>> centers = [[0.0, 0.0], [4.0, 0.0]]
        >>> print(embeddings.center([[1.0, 0.0], [4.0, 2.0]], [0, 1], centers))
        [0.5 2. ]

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding in Deep Learning, Eq.
        (4); Wen et al., A Discriminative Feature Learning Approach for Deep Face
        Recognition, Eq. (2).
    """
    features, labels, centers = _vector_checks.features_and_labels(
        features, labels, centers
    )
    loss = jnp.sum((features - take_rows(centers, labels)) ** 2, axis=-1) / 2
    return jnp.where(has_class(labels, len(centers)), loss, jnp.nan)
