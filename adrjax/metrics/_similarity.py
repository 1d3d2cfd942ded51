"""How alike the two of each pair are."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _vector_checks, _vectors


def cosine_similarity(first: ArrayLike, second: ArrayLike) -> jax.Array:
    r"""Tells how alike the directions of pairs of features are.

    .. math:: \frac{x^\top y}{\|x\| \|y\|}

    Args:
        first: `[..., num_features]`.
        second: The same.

    Returns:
        The cosines, `[...]`; 0 where a feature has no direction.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, Fig. 6a.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    return jnp.sum(_vectors.unit(first) * _vectors.unit(second), axis=-1)


def squared_distance(first: ArrayLike, second: ArrayLike) -> jax.Array:
    r"""Tells how far apart pairs of features are, in squared L2.

    .. math:: \|x - y\|^2

    That of unit vectors is `2 - 2 * cosine_similarity`, the distance of insightface.
    Its negative is a similarity.

    Args:
        first: `[..., num_features]`.
        second: The same.

    Returns:
        The squared distances, `[...]`.

    Raises:
        TypeError: If the features are not floating.
        ValueError: If the shapes do not fit.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, Fig. 6a.
    """
    first = _vector_checks.vectors("first", first)
    second = _vector_checks.vectors_like("second", second, "first", first)
    return jnp.sum((first - second) ** 2, axis=-1)


def mirror_features(
    embed: Callable[[jax.Array], jax.Array], images: ArrayLike
) -> jax.Array:
    """Adds the features of images and of their mirror images.

    Args:
        embed: Returns the features `[..., num_features]` of images.
        images: `[..., height, width, channels]`.

    Returns:
        The sums, `[..., num_features]`; only their direction counts.

    Reference:
        Wu et al., Exponential Discriminative Metric Embedding, Fig. 4; public code:
        verification.py of insightface.
    """
    images = jnp.asarray(images)
    return embed(images) + embed(images[..., ::-1, :])
