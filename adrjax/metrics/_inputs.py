"""Checks of what only metrics take, made once while a function is traced."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks


def pairs(similarities: ArrayLike, same: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Returns the similarities of pairs and whether they belong together."""
    similarities = _checks.floating("similarities", similarities)
    same = jnp.asarray(same)
    if same.dtype != bool:
        same = _checks.integer_labels(same, 2, "same").astype(bool)
    if similarities.ndim != 1 or same.shape != similarities.shape:
        raise ValueError(
            "similarities and same must both be [pairs], got shapes "
            f"{similarities.shape} and {same.shape}"
        )
    return similarities, same


def thresholds(x: ArrayLike) -> jax.Array:
    """Returns the similarities to choose from, the strictest first."""
    x = _checks.floating("thresholds", x)
    if x.ndim != 1 or not x.size:
        raise ValueError(f"thresholds must be [n], got shape {x.shape}")
    return jnp.sort(x, descending=True)


def both_kinds(name: str, same: jax.Array) -> None:
    """Raises where no pair belongs together, or all do."""
    values = _checks.values(same)
    if values is not None and not 0 < values.sum() < values.size:
        raise ValueError(
            f"{name} must hold pairs of both kinds, got {values.sum()} that belong "
            f"together of {values.size}"
        )


def retrieval(
    similarities: ArrayLike, query_labels: ArrayLike, gallery_labels: ArrayLike
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns the similarities of queries to a gallery, and the labels of both."""
    similarities = _checks.floating("similarities", similarities)
    query_labels = _names("query_labels", query_labels)
    gallery_labels = _names("gallery_labels", gallery_labels)
    if similarities.shape != query_labels.shape + gallery_labels.shape or (
        similarities.ndim != 2
    ):
        raise ValueError(
            "similarities must be [queries, gallery], got shape "
            f"{similarities.shape} for labels of shapes {query_labels.shape} and "
            f"{gallery_labels.shape}"
        )
    return similarities, query_labels, gallery_labels


def seen_by(
    of: str, labels: ArrayLike, cameras: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns the labels of queries or of a gallery and the cameras that saw them."""
    labels, cameras = _names(f"{of}_labels", labels), _names(f"{of}_cameras", cameras)
    if labels.ndim != 1 or cameras.shape != labels.shape:
        raise ValueError(
            f"{of}_labels and {of}_cameras must both be [n], got shapes {labels.shape} "
            f"and {cameras.shape}"
        )
    return labels, cameras


def _names(name, x):
    """Returns integers of any size and sign, which are only compared."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(f"{name} must be integer classes, got {x.dtype}")
    return x


def segments(
    estimated: ArrayLike, truth: ArrayLike, num_estimated: int, num_truth: int
) -> tuple[jax.Array, jax.Array]:
    """Returns the estimated and the true segment of each pixel, `[pixels]`."""
    estimated = _checks.integer_labels(estimated, num_estimated, "estimated")
    truth = _checks.integer_labels(truth, num_truth, "truth")
    if estimated.shape != truth.shape or not truth.size:
        raise ValueError(
            "estimated and truth must be of the same pixels, got shapes "
            f"{estimated.shape} and {truth.shape}"
        )
    return estimated.ravel(), truth.ravel()


def features(x: ArrayLike, num_features: int | None = None) -> jax.Array:
    """Returns features `[..., num_features]` in at least float32."""
    x = _checks.floating("features", x)
    if x.ndim < 1 or num_features not in (None, x.shape[-1]):
        wanted = "num_features" if num_features is None else num_features
        raise ValueError(f"features must be [..., {wanted}], got shape {x.shape}")
    return x


def enough_examples(
    counts: jax.Array, num_features: int, shared: bool, shrinkage: ArrayLike
) -> None:
    """Raises where a covariance of so few examples is singular."""
    sizes, share = _checks.values(counts), _checks.values(shrinkage)
    if sizes is None or share is None or share > 0:
        return
    if shared:
        rank, whose = sizes.sum() - np.count_nonzero(sizes), "all classes"
    else:
        rank, whose = max(sizes.min() - 1, 0), f"class {sizes.argmin()}"
    if rank < num_features:
        raise ValueError(
            "shrinkage must be above 0 for so few examples: less their means, those "
            f"of {whose} span {rank} of {num_features} dimensions"
        )
