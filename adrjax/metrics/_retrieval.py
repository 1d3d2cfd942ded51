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
    trapezoid: bool = False,
) -> jax.Array:
    r"""Tells how far ahead of the others a query ranks the images of its class.

    .. math:: \mathrm{AP} = \frac{1}{n} \sum_{i=1}^n \frac{i}{k_i}, \qquad
        k_i \text{ the rank of the } i\text{-th match},

    and mAP is its mean over the queries that have a match. Of equal similarities the
    first in the gallery ranks first. The evaluation code of Market-1501 and MARS takes
    the area under the curve of precision over recall by trapezoids instead: the mean of
    the precision just before and just after each match, 1 before the first rank.

    Args:
        similarities: Of each query to the gallery, `[queries, gallery]`.
        query_labels: Integer classes, `[queries]`.
        gallery_labels: Integer classes, `[gallery]`.
        where: If given, which of the gallery a query is ranked against, bool
            `[queries, gallery]`: not itself, nor its own camera.
        trapezoid: Whether to follow the evaluation code of MARS.

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
    found = jnp.cumsum(matches, axis=1)
    precisions = found / ranks
    if trapezoid:
        before = jnp.where(ranks > 1, (found - matches) / jnp.maximum(ranks - 1, 1), 1)
        precisions = (before + precisions) / 2
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


def cross_camera(
    query_labels: ArrayLike,
    query_cameras: ArrayLike,
    gallery_labels: ArrayLike,
    gallery_cameras: ArrayLike,
    *,
    junk: int = -1,
) -> jax.Array:
    """Tells which of the gallery counts for a query in person re-identification.

    What shows the query's person by the query's camera does not count, and so the query
    itself does not, which MARS has in its gallery; nor does junk. Distractors, who are
    nobody's match, do.

    Args:
        query_labels: The people searched for, integers, `[queries]`.
        query_cameras: The cameras that saw them, integers, `[queries]`.
        gallery_labels: The people searched, integers, `[gallery]`.
        gallery_cameras: The cameras that saw them, integers, `[gallery]`.
        junk: The label of what shows no person, or too little of one.

    Returns:
        The `where` of `mean_average_precision` and `cumulative_matching`, bool
        `[queries, gallery]`.

    Raises:
        TypeError: If a label or camera is not an integer.
        ValueError: If there are not as many cameras as labels.

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-scale Person Re-identification;
        public code: evaluation_mars.m of MARS-evaluation.
    """
    query_labels, query_cameras = _inputs.seen_by("query", query_labels, query_cameras)
    labels, cameras = _inputs.seen_by("gallery", gallery_labels, gallery_cameras)
    is_own = (query_labels[:, None] == labels) & (query_cameras[:, None] == cameras)
    return ~is_own & (labels != junk)


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
