"""Shared parts of mixup and CutMix: partners from the batch, and mixed targets."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _devices
from adrjax._labels import has_class
from adrjax.data.augment._pixels import images_of


class Partners(NamedTuple):
    """A batch, and the example that each example is mixed with.

    Attributes:
        images: `[n, height, width, channels]`.
        labels: `[n]`.
        other_images: The images of the partners.
        other_labels: The labels of the partners.
    """

    images: jax.Array
    labels: jax.Array
    other_images: jax.Array
    other_labels: jax.Array


def with_partners(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    num_classes: int,
    axis_name: str | None,
) -> Partners:
    """Returns a batch with a permutation of the examples of all devices."""
    images = jnp.asarray(images)
    images_of(images)
    if images.ndim != 4:
        raise ValueError(
            f"images must be a batch [n, height, width, channels], got shape "
            f"{images.shape}"
        )
    _checks.count("num_classes", num_classes, low=1)
    labels = _checks.integer_labels(labels, num_classes)
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"labels must have shape {images.shape[:1]} for images of shape "
            f"{images.shape}, got {labels.shape}"
        )
    n = len(labels)
    order = jax.random.permutation(key, n * _devices.axis_size(axis_name))
    first = _devices.axis_offset(n, axis_name)
    others = jax.lax.dynamic_slice(order, (first,), (n,))
    return Partners(
        images,
        labels,
        _devices.all_gather(images, axis_name)[others],
        _devices.all_gather(labels, axis_name)[others],
    )


def mixed_targets(batch: Partners, share: jax.Array, num_classes: int) -> jax.Array:
    """Returns `share` of each label and the rest of its partner's, `[n, num_classes]`.

    NaN if either label is not a class.
    """

    def one_hot(labels: jax.Array) -> jax.Array:
        rows = jax.nn.one_hot(labels, num_classes, dtype=jnp.float32)
        return jnp.where(has_class(labels, num_classes)[:, None], rows, jnp.nan)

    return share * one_hot(batch.labels) + (1 - share) * one_hot(batch.other_labels)
