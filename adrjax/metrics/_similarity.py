"""Similarities of pairs of features."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks, _vectors


def cosine_similarity(first: ArrayLike, second: ArrayLike) -> jax.Array:
    r"""Cosine similarity of pairs of features.

    .. math:: \frac{x^\top y}{\|x\| \|y\|}

    Args:
        first: One feature of each pair, `[..., num_features]`.
        second: The other one, of the same shape.

    Returns:
        The cosines, `[...]`; 0 for a zero feature.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> x, y = jnp.array([[3.0, 4.0]]), jnp.array([[1.0, 0.0]])
        >>> [round(float(cosine), 3) for cosine in metrics.cosine_similarity(x, y)]
        [0.6]

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, Fig. 6a.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    return jnp.sum(_vectors.unit(first) * _vectors.unit(second), axis=-1)


def squared_distance(first: ArrayLike, second: ArrayLike) -> jax.Array:
    r"""Squared L2 distance of pairs of features, :math:`\|x - y\|^2`.

    Between unit vectors it is `2 - 2 * cosine_similarity`, insightface's distance. Its
    negative is a similarity.

    Args:
        first: One feature of each pair, `[..., num_features]`.
        second: The other one, of the same shape.

    Returns:
        The squared distances, `[...]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> x, y = jnp.array([[3.0, 4.0]]), jnp.array([[1.0, 0.0]])
        >>> metrics.squared_distance(x, y).tolist()
        [20.0]

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, Fig. 6a.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    return jnp.sum((first - second) ** 2, axis=-1)
