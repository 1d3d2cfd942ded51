"""Which classes are on which device."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import axis_offset, axis_size
from adrjax._labels import is_valid_label


def classes_per_shard(num_classes: int, axis_name: str) -> int:
    """Returns the number of classes a device."""
    devices = axis_size(axis_name)
    classes, rest = divmod(num_classes, devices)
    if rest:
        raise ValueError(
            f"num_classes={num_classes} cannot be split over the {devices} devices of "
            f"axis {axis_name!r}: take num_classes={num_classes + devices - rest}, "
            "whose last classes have no examples, or a number of devices that divides "
            "it"
        )
    return classes


def labels_on_shard(
    labels: ArrayLike, *, num_classes: int, axis_name: str
) -> jax.Array:
    """Counts labels from this device's first class, as `margins` and losses want them.

    Args:
        labels: Integer classes, `[...]`, the same on all devices along `axis_name`.
        num_classes: The number of classes on all devices.
        axis_name: The device axis that the classes are split over.

    Returns:
        Labels, int `[...]`; those of classes of other devices name no class here.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If the devices do not divide the classes.
    """
    here = classes_per_shard(num_classes, axis_name)
    labels = _checks.integer_labels(labels, num_classes)
    return labels - axis_offset(here, axis_name)


def sample_classes(
    key: jax.Array,
    labels: ArrayLike,
    *,
    num_sampled: int,
    num_classes: int,
    axis_name: str,
) -> tuple[jax.Array, jax.Array]:
    """Draws which of this device's classes a step is to see: PartialFC.

    They are the classes of the labels and others at random, so that the cost of a step
    does not grow with the number of classes.

    Args:
        key: A JAX random key, another one each step.
        labels: Integer classes, `[...]`, the same on all devices along `axis_name`.
        num_sampled: How many classes a device, at least the labels there may be of them.
        num_classes: The number of classes on all devices.
        axis_name: The device axis that the classes are split over.

    Returns:
        The `classes` that `ShardedCosine` takes, int `[num_sampled]`, and labels counted
        among them, int `[...]`, in place of those of `labels_on_shard`.

    Raises:
        TypeError: If the labels are not integers, or `num_sampled` no whole number.
        ValueError: If the devices do not divide the classes, or `num_sampled` is not between
            the number of labels and that of this device's classes.

    Reference:
        An et al., Partial FC: Training 10 Million Identities on a Single Machine,
        section 3.
    """
    here = classes_per_shard(num_classes, axis_name)
    labels = labels_on_shard(labels, num_classes=num_classes, axis_name=axis_name)
    _checks.count(
        "num_sampled",
        num_sampled,
        low=min(labels.size, here),
        high=here,
        of=f", from the {labels.size} labels to the classes a device",
    )
    key = jax.random.fold_in(key, jax.lax.axis_index(axis_name))
    scores = jax.random.uniform(key, (here,))
    known = is_valid_label(scores, labels)
    scores = scores.at[jnp.where(known, labels, here)].set(1, mode="drop")
    classes = jnp.sort(jax.lax.top_k(scores, num_sampled)[1])
    places = jnp.zeros(here, labels.dtype).at[classes].set(jnp.arange(num_sampled))
    return classes, jnp.where(known, places[labels], -1)
