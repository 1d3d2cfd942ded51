"""What mixup and CutMix share: partners in the batch of all devices, mixed targets."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks, _devices
from adrjax.data.augment._pixels import images_of


class Pairs(NamedTuple):
    """A batch and as many other examples.

    Attributes:
        images: `[n, height, width, channels]`.
        labels: `[n]`.
        other_images: The image that each is mixed with.
        other_labels: Its label.
    """

    images: jax.Array
    labels: jax.Array
    other_images: jax.Array
    other_labels: jax.Array


def pairs(
    key: jax.Array,
    images: ArrayLike,
    labels: ArrayLike,
    num_classes: int,
    axis_name: str | None,
) -> Pairs:
    """Returns each example beside another, a permutation of all devices' examples."""
    images = jnp.asarray(images)
    images_of(images)
    if images.ndim != 4:
        raise ValueError(
            f"images must be a batch [n, height, width, channels], got shape "
            f"{images.shape}"
        )
    labels = _checks.integer_labels(labels, num_classes)
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"images of shape {images.shape} want labels of shape {images.shape[:1]}, "
            f"got labels of shape {labels.shape}"
        )
    n = len(labels)
    order = jax.random.permutation(key, n * _devices.axis_size(axis_name))
    first = _devices.axis_offset(n, axis_name)
    others = jax.lax.dynamic_slice(order, (first,), (n,))
    return Pairs(
        images,
        labels,
        _devices.all_gather(images, axis_name)[others],
        _devices.all_gather(labels, axis_name)[others],
    )


def mixed_targets(batch: Pairs, share: jax.Array, num_classes: int) -> jax.Array:
    """Returns `share` of each label and the rest of the other's, `[n, num_classes]`."""
    own, other = (
        jax.nn.one_hot(labels, num_classes)
        for labels in (batch.labels, batch.other_labels)
    )
    return share * own + (1 - share) * other
