"""Checks of features, centers and pairs, made at trace time."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def vectors(name: str, x: ArrayLike) -> jax.Array:
    """Returns vectors `[..., dim]` in at least float32."""
    x = _checks.floating(name, x)
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"{name} must be [..., dim], got shape {x.shape}")
    return x


def vectors_like(
    name: str, x: ArrayLike, other_name: str, other: jax.Array
) -> jax.Array:
    """Returns vectors of the shape and dtype of others."""
    x = _checks.floating(name, x)
    if x.shape != other.shape:
        raise ValueError(
            f"{name} must have the shape of {other_name}, {other.shape}, got {x.shape}"
        )
    return x.astype(other.dtype)


def class_vectors(name: str, x: ArrayLike) -> jax.Array:
    """Returns one vector for each class, `[num_classes, dim]`, in at least float32."""
    x = _checks.floating(name, x)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"{name} must be [num_classes, dim], got shape {x.shape}")
    return x


def features_and_rows(
    features: ArrayLike, rows: ArrayLike, name: str
) -> tuple[jax.Array, jax.Array]:
    """Returns features, and one vector for each class of their dimension and dtype."""
    features, rows = vectors("features", features), class_vectors(name, rows)
    if rows.shape[1] != features.shape[-1]:
        raise ValueError(
            f"{name} must be [num_classes, {features.shape[-1]}] for features of shape "
            f"{features.shape}, got {rows.shape}"
        )
    return features, rows.astype(features.dtype)


def features_and_labels(
    features: ArrayLike, labels: ArrayLike, rows: ArrayLike, name: str = "centers"
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Returns features, labels of their leading shape, one vector for each class."""
    features, rows = features_and_rows(features, rows, name)
    return features, labels_beside(features, labels, len(rows)), rows


def labels_beside(
    features: jax.Array, labels: ArrayLike, num_classes: int
) -> jax.Array:
    """Returns integer labels of the features' leading shape."""
    labels = _checks.integer_labels(labels, num_classes)
    if labels.shape != features.shape[:-1]:
        raise ValueError(
            f"labels must be integer classes of shape {features.shape[:-1]} for "
            f"features of shape {features.shape}, got {labels.dtype} of shape "
            f"{labels.shape}"
        )
    return labels


def same_or_not(same: ArrayLike, vectors: jax.Array) -> jax.Array:
    """Returns whether each pair of vectors is of one class, bool `[...]`."""
    same = jnp.asarray(same)
    if same.dtype != bool or same.shape != vectors.shape[:-1]:
        raise ValueError(
            f"same must be bool of shape {vectors.shape[:-1]}, True for a pair of one "
            f"class, got {same.dtype} of shape {same.shape}"
        )
    return same


def simplex_fits(num_classes: int, dim: int) -> None:
    """Raises unless `num_classes` points can have equal distances."""
    if num_classes > dim + 1:
        raise ValueError(
            f"{num_classes} centroids at equal angles need at least {num_classes - 1} "
            f"dimensions, got num_classes={num_classes}, dim={dim}; "
            "centroids.repulsion spreads more classes than dim + 1"
        )
