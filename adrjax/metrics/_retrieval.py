"""Retrieval of a gallery by queries."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.metrics import _inputs


def mean_average_precision(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    *,
    where: ArrayLike | None = None,
) -> jax.Array:
    r"""Tells how far ahead of the others a query ranks the images of its class.

    .. math:: \mathrm{AP} = \frac{1}{n} \sum_{i=1}^n \frac{i}{k_i}, \qquad
        k_i \text{ the rank of the } i\text{-th match},

    and mAP is its mean over the queries that have a match. Of equal similarities the
    first in the gallery ranks first. The evaluation code of Market-1501 and MARS
    averages the precision before and after each match instead.

    Args:
        similarities: Of each query to the gallery, `[queries, gallery]`.
        query_labels: Integer classes, `[queries]`.
        gallery_labels: Integer classes, `[gallery]`.
        where: If given, which of the gallery a query is ranked against, bool
            `[queries, gallery]`: not itself, nor its own camera.

    Returns:
        The mean average precision, in [0, 1], `[]`; NaN if no query has a match.

    Raises:
        TypeError: If the similarities are not floating or the labels not integers.
        ValueError: If the shapes do not fit.

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-identification.
    """
    matches = _ranked_matches(similarities, query_labels, gallery_labels, where)
    ranks = jnp.arange(1, matches.shape[1] + 1)
    precisions = jnp.cumsum(matches, axis=1) / ranks
    total = jnp.sum(matches, axis=1)
    average = jnp.sum(precisions * matches, axis=1) / jnp.maximum(total, 1)
    return jnp.mean(average, where=total > 0)


def cumulative_matching(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    *,
    where: ArrayLike | None = None,
) -> jax.Array:
    """Tells how many queries have a match among the k most similar, for each k (CMC).

    Args:
        similarities: Of each query to the gallery, `[queries, gallery]`.
        query_labels: Integer classes, `[queries]`.
        gallery_labels: Integer classes, `[gallery]`.
        where: If given, which of the gallery a query is ranked against, bool
            `[queries, gallery]`.

    Returns:
        The share of the queries that have a match at all whose first one has the rank
        k + 1 or better, in [0, 1], `[gallery]`; NaN if no query has a match. Element 0
        is CMC-1.

    Raises:
        TypeError: If the similarities are not floating or the labels not integers.
        ValueError: If the shapes do not fit.

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-identification.
    """
    matches = _ranked_matches(similarities, query_labels, gallery_labels, where)
    has_match = jnp.any(matches, axis=1, keepdims=True)
    found = jnp.cumsum(matches, axis=1) > 0
    return jnp.mean(found, axis=0, where=has_match)


def _ranked_matches(similarities, query_labels, gallery_labels, where):
    """Returns whether the k-th most similar is a match, bool `[queries, gallery]`."""
    similarities, query_labels, gallery_labels = _inputs.retrieval(
        similarities, query_labels, gallery_labels
    )
    matches = query_labels[:, None] == gallery_labels
    if where is not None:
        where = jnp.broadcast_to(where, matches.shape)
        matches &= where
        similarities = jnp.where(where, similarities, -jnp.inf)
    order = jnp.argsort(similarities, axis=1, descending=True)
    return jnp.take_along_axis(matches, order, axis=1)
