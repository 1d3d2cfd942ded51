"""Checks of the arguments of metrics, made once while a function is traced."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks


def probs(x: ArrayLike) -> jax.Array:
    """Returns probabilities `[..., num_classes]`; known ones must sum to 1."""
    array = _checks.scores("probs", x)
    known = _checks.values(x)
    if known is not None and known.size:
        low, sums = known.min(), known.sum(-1, dtype=np.float64)
        error = np.abs(sums - 1).max()
        if low < 0 or error > 0.01:  # half precision rounds by 0.4 %
            raise ValueError(
                "probs must be probabilities, which are at least 0 and sum to 1 over "
                f"the classes, got {low:.6g} as the least and "
                f"{sums.ravel()[np.abs(sums - 1).argmax()]:.6g} as a sum: apply "
                "jax.nn.softmax to logits"
            )
    return array


def label_probs(x: ArrayLike) -> jax.Array:
    """Returns the probability of each example's label, in [0, 1] if it is known."""
    array = _checks.floating("probs", x)
    known = _checks.values(x)
    if known is not None and (np.any(known < 0) or np.any(known > 1.01)):
        raise ValueError(
            "probs must be probabilities, in [0, 1], got "
            f"{known.min():.6g}..{known.max():.6g}: apply jax.nn.softmax to logits"
        )
    return array


def weights(x: ArrayLike) -> jax.Array:
    """Returns the weights of at least one example."""
    x = _checks.floating("weights", x)
    if not x.size:
        raise ValueError(f"weights must hold an example, got shape {x.shape}")
    return x


def pairs(similarities: ArrayLike, same: ArrayLike) -> tuple[jax.Array, jax.Array]:
    """Returns the similarities of pairs and whether each pair is of one class."""
    similarities = _checks.floating("similarities", similarities)
    same = jnp.asarray(same)
    if same.dtype != bool:
        same = _checks.integer_labels(same, 2, "same") == 1
    if similarities.ndim != 1 or same.shape != similarities.shape:
        raise ValueError(
            "similarities and same must both be [pairs], got shapes "
            f"{similarities.shape} and {same.shape}"
        )
    return similarities, same


def thresholds(x: ArrayLike) -> jax.Array:
    """Returns candidates for a threshold, the strictest first."""
    array = _checks.floating("thresholds", x)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"thresholds must be [n], got shape {array.shape}")
    known = _checks.values(x)
    if known is not None and np.isnan(known).any():
        raise ValueError("thresholds must be numbers, got NaN")
    return jnp.sort(array, descending=True)


def both_kinds(name: str, same: ArrayLike) -> None:
    """Raises if the pairs are known and all of one kind."""
    values = _checks.values(same)
    if values is not None and not 0 < values.sum() < values.size:
        raise ValueError(
            f"{name} must hold pairs of one class and pairs of two classes, got "
            f"{values.sum()} pairs of one class among {values.size}"
        )


def retrieval(
    similarities: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    where: ArrayLike | None,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns similarities, which of them match and which count."""
    similarities = _checks.floating("similarities", similarities)
    query_labels = identities("query_labels", query_labels)
    gallery_labels = identities("gallery_labels", gallery_labels)
    shape = query_labels.shape + gallery_labels.shape
    if similarities.shape != shape or similarities.ndim != 2:
        raise ValueError(
            "similarities must be [queries, gallery], got shape "
            f"{similarities.shape} for labels of shapes {query_labels.shape} and "
            f"{gallery_labels.shape}"
        )
    is_match = query_labels[:, None] == gallery_labels[None]
    where = jnp.asarray(True if where is None else where)
    if where.dtype != bool or where.shape not in ((), shape):
        raise ValueError(
            f"where must be bool [queries, gallery], of shape {shape}, got "
            f"{where.dtype} of shape {where.shape}"
        )
    return similarities, is_match, jnp.broadcast_to(where, shape)


def seen_by(
    of: str, labels: ArrayLike, cameras: ArrayLike
) -> tuple[jax.Array, jax.Array]:
    """Returns the labels of queries or of a gallery and their cameras."""
    labels = identities(f"{of}_labels", labels)
    cameras = identities(f"{of}_cameras", cameras)
    if labels.ndim != 1 or cameras.shape != labels.shape:
        raise ValueError(
            f"{of}_labels and {of}_cameras must both be [n], got shapes {labels.shape} "
            f"and {cameras.shape}"
        )
    return labels, cameras


def identities(name: str, x: ArrayLike) -> jax.Array:
    """Returns integers of any size and sign, which are only compared."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(f"{name} must be integer classes, got {x.dtype}")
    return x.astype(int)


def segments(
    estimated: ArrayLike, truth: ArrayLike, num_estimated: int, num_truth: int
) -> tuple[jax.Array, jax.Array]:
    """Returns the estimated and the true segment of each pixel, `[pixels]`."""
    estimated = _checks.integer_labels(estimated, num_estimated, "estimated")
    truth = _checks.integer_labels(truth, num_truth, "truth")
    if estimated.shape != truth.shape or not truth.size:
        raise ValueError(
            "estimated and truth must have the same pixels, got shapes "
            f"{estimated.shape} and {truth.shape}"
        )
    return estimated.ravel().astype(int), truth.ravel().astype(int)


def features(x: ArrayLike, num_features: int | None = None) -> jax.Array:
    """Returns features `[..., num_features]` in at least float32."""
    x = _checks.floating("features", x)
    if x.ndim < 1 or not x.shape[-1] or num_features not in (None, x.shape[-1]):
        expected = "num_features" if num_features is None else num_features
        raise ValueError(f"features must be [..., {expected}], got shape {x.shape}")
    return x


def enough_examples(
    labels: jax.Array,
    num_classes: int,
    num_features: int,
    shared: bool,
    shrinkage: jax.Array,
) -> None:
    """Raises if a covariance without shrinkage has fewer examples than it needs."""
    known, share = _checks.values(labels), _checks.values(shrinkage)
    if known is None or share is None or share > 0:
        return
    sizes = np.bincount(known, minlength=num_classes)
    if shared:
        rank, whose = sizes.sum() - np.count_nonzero(sizes), "all classes"
    else:
        rank, whose = max(sizes.min() - 1, 0), f"class {sizes.argmin()}"
    if rank < num_features:
        raise ValueError(
            f"the covariance of {whose} is singular: its examples, less the mean, span "
            f"{rank} of {num_features} dimensions; set shrinkage above 0"
        )


def no_singular_covariance(
    is_singular: jax.Array, shared: bool, shrinkage: jax.Array
) -> None:
    """Raises if a covariance is known to be singular."""
    singular, share = _checks.values(is_singular), _checks.values(shrinkage)
    if singular is None or not singular.any():
        return
    whose = "all classes" if shared else f"class {singular.argmax()}"
    mend = (
        "set shrinkage above 0" if share == 0 else f"shrinkage={share:g} is too small"
    )
    raise ValueError(
        f"the covariance of {whose} is singular: a feature is constant or a linear "
        f"combination of others; {mend}, or leave the feature out"
    )
