"""Retrieval of a gallery by queries."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.metrics import _inputs
from adrjax.metrics._nan import nan_of


def mean_average_precision(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    *,
    where: ArrayLike | None = None,
    trapezoid: bool = False,
) -> jax.Array:
    r"""Mean average precision (mAP) of ranking a gallery for each query.

    .. math:: \mathrm{AP} = \frac{1}{n} \sum_{i=1}^n \frac{i}{k_i}, \qquad
        k_i \text{ the rank of the } i\text{-th match},

    and mAP is the mean over the queries that have a match. Of equal similarities the
    first in the gallery ranks first; scikit-learn gives them one rank, the last. All n
    matches count; pytorch-metric-learning's MAP@R looks at the first n ranks only.

    Args:
        similarities: Of each query to the gallery, `[queries, gallery]`.
        query_labels: Integer classes, `[queries]`.
        gallery_labels: Integer classes, `[gallery]`.
        where: Which part of the gallery each query is ranked against, bool
            `[queries, gallery]`; None for all. It leaves out the query itself, say, or
            its camera (`cross_camera`).
        trapezoid: Whether to compute AP as the evaluation code of Market-1501 and MARS:
            the area under precision over recall by trapezoids, which is the mean of the
            precisions just before and just after each match (1 before the first rank).

    Returns:
        The mean average precision, in [0, 1], `[]`; NaN if no query has a match.

    Raises:
        TypeError: If the similarities are not floating or the labels not integers.
        ValueError: If the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> similarities = jnp.array([[0.9, 0.5, 0.7, 0.1]])  # matches rank 1st and 3rd
        >>> precision = metrics.mean_average_precision(
        ...     similarities, jnp.array([7]), jnp.array([7, 7, 3, 3])
        ... )
        >>> round(float(precision), 3)
        0.833

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-identification.
    """
    matches, nan = _ranked_matches(similarities, query_labels, gallery_labels, where)
    is_match = matches > 0
    ranks = jnp.arange(1, matches.shape[1] + 1, dtype=nan.dtype)[None]
    found = jnp.cumsum(matches, axis=1).astype(nan.dtype)
    precisions = found / ranks
    if trapezoid:
        before = (found - is_match.astype(found.dtype)) / jnp.maximum(ranks - 1, 1)
        precisions = (jnp.where(ranks > 1, before, 1) + precisions) / 2
    has_match = jnp.any(is_match, axis=1)
    average = jnp.mean(precisions, axis=1, where=is_match | ~has_match[:, None])
    return jnp.mean(average + nan, where=has_match)


def cumulative_matching(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    *,
    where: ArrayLike | None = None,
) -> jax.Array:
    """Cumulative matching characteristic (CMC): queries with a match by each rank.

    Element 0 is CMC-1, also called Rank-1 or Recall@1, and element k - 1 is Recall@k.

    Args:
        similarities: Of each query to the gallery, `[queries, gallery]`.
        query_labels: Integer classes, `[queries]`.
        gallery_labels: Integer classes, `[gallery]`.
        where: Which part of the gallery each query is ranked against, bool
            `[queries, gallery]`; None for all.

    Returns:
        The share of queries whose first match has the rank k + 1 or better, in [0, 1],
        `[gallery]`. Queries without a match do not count; NaN if no query has one.

    Raises:
        TypeError: If the similarities are not floating or the labels not integers.
        ValueError: If the shapes do not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> similarities = jnp.array([[0.9, 0.5, 0.7], [0.2, 0.8, 0.5]])
        >>> metrics.cumulative_matching(
        ...     similarities, jnp.array([1, 1]), jnp.array([1, 0, 2])
        ... ).tolist()
        [0.5, 0.5, 1.0]

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-identification.
    """
    matches, nan = _ranked_matches(similarities, query_labels, gallery_labels, where)
    has_match = jnp.any(matches > 0, axis=1, keepdims=True)
    is_found = jnp.cumsum(matches, axis=1) > 0
    share = jnp.mean(is_found, axis=0, where=has_match, dtype=nan.dtype)
    return share + jnp.sum(nan[:, None], axis=0, where=has_match)


def cross_camera(
    query_labels: ArrayLike,
    query_cameras: ArrayLike,
    gallery_labels: ArrayLike,
    gallery_cameras: ArrayLike,
    *,
    junk: int = -1,
) -> jax.Array:
    """Cross-camera mask: which gallery images count in person re-identification.

    An image of the query's person by the query's camera does not count. Neither does
    the query itself, which is part of MARS' gallery, nor an image labelled as junk.
    Distractors, which match no query, do count.

    Args:
        query_labels: The person of each query, integer `[queries]`.
        query_cameras: The camera of each query, integer `[queries]`.
        gallery_labels: The person of each gallery image, integer `[gallery]`.
        gallery_cameras: The camera of each gallery image, integer `[gallery]`.
        junk: The label of images that show no person, or too little of one.

    Returns:
        The `where` of `mean_average_precision` and `cumulative_matching`, bool
        `[queries, gallery]`.

    Raises:
        TypeError: If a label, a camera or `junk` is not an integer.
        ValueError: If there are not as many cameras as labels.

    Example:
        >>> import jax.numpy as jnp
        >>> from adrjax import metrics
        >>> labels, cameras = jnp.array([1, 1, 2]), jnp.array([0, 3, 0])
        >>> metrics.cross_camera(labels[:1], cameras[:1], labels, cameras).tolist()
        [[False, True, True]]

    Reference:
        Zheng et al., MARS: A Video Benchmark for Large-Scale Person Re-identification;
        public code: evaluation_mars.m of MARS-evaluation.
    """
    query_labels, query_cameras = _inputs.seen_by("query", query_labels, query_cameras)
    labels, cameras = _inputs.seen_by("gallery", gallery_labels, gallery_cameras)
    is_same_person = query_labels[:, None] == labels[None]
    is_same_camera = query_cameras[:, None] == cameras[None]
    is_junk = labels == _inputs.identities("junk", junk)
    return ~(is_same_person & is_same_camera) & ~is_junk[None]


def _ranked_matches(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    where: ArrayLike | None,
) -> tuple[jax.Array, jax.Array]:
    """Returns whether each rank is a match, 1 or 0, and for each query NaN or 0.

    Images that do not count rank last, as mismatches.
    """
    similarities, is_match, counts = _inputs.retrieval(
        similarities, query_labels, gallery_labels, where
    )
    matches = (is_match & counts).astype(int)
    *_, matches = jax.lax.sort(
        (~counts, -similarities, matches), dimension=1, num_keys=2, is_stable=True
    )
    return matches, nan_of(jnp.where(counts, similarities, 0), axis=1)
