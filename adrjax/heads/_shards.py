"""Labels and classes of one device, if classes are split over devices."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks
from adrjax._devices import axis_offset, axis_size
from adrjax._labels import has_class


def classes_per_shard(num_classes: int, axis_name: str) -> int:
    """Returns the number of classes on each device."""
    num_classes = _checks.count("num_classes", num_classes, low=1)
    devices = axis_size(axis_name)
    per_shard, rest = divmod(num_classes, devices)
    if rest:
        raise ValueError(
            f"num_classes={num_classes} cannot be split over the {devices} devices of "
            f"axis {axis_name!r}: use num_classes={num_classes + devices - rest}, "
            "whose last classes have no examples, or a number of devices that divides "
            "num_classes"
        )
    return per_shard


def labels_on_shard(
    labels: ArrayLike, *, num_classes: int, axis_name: str
) -> jax.Array:
    """Labels relative to this device's first class, for `margins` and losses.

    Args:
        labels: Integer classes, `[...]`, the same on all devices along `axis_name`.
        num_classes: The number of classes on all devices together.
        axis_name: The device axis that the classes are split over.

    Returns:
        Labels, int `[...]`. A class of another device gives a label outside of this
        device's range, which `margins` and losses with a `class_axis` expect.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If the devices do not divide the classes.
    """
    per_shard = classes_per_shard(num_classes, axis_name)
    labels = _checks.integer_labels(labels, num_classes)
    return labels - axis_offset(per_shard, axis_name)


def sample_classes(
    key: jax.Array,
    labels: ArrayLike,
    *,
    num_sampled: int,
    num_classes: int,
    axis_name: str,
) -> tuple[jax.Array, jax.Array]:
    """Partial FC: samples the classes of one step on this device.

    The sample has all classes of the labels and random other classes. The cost of a
    step then does not grow with the number of classes.

    Args:
        key: A JAX random key, a new one each step.
        labels: Integer classes, `[...]`, the same on all devices along `axis_name`.
        num_sampled: The number of classes to sample on each device, at least the number
            of labels.
        num_classes: The number of classes on all devices together.
        axis_name: The device axis that the classes are split over.

    Returns:
        The argument `classes` of `ShardedCosine`, int `[num_sampled]`, and labels as
        places among these, int `[...]`, which replace those of `labels_on_shard`.

    Raises:
        TypeError: If the labels or `num_sampled` are not integers.
        ValueError: If the devices do not divide the classes, or `num_sampled` is not
            between the number of labels and the number of classes on a device.

    Reference:
        An et al., Partial FC: Training 10 Million Identities on a Single Machine,
        section 3.
    """
    per_shard = classes_per_shard(num_classes, axis_name)
    labels = labels_on_shard(labels, num_classes=num_classes, axis_name=axis_name)
    _checks.count(
        "num_sampled",
        num_sampled,
        low=min(labels.size, per_shard),
        high=per_shard,
        of=f", from the {labels.size} labels to the classes of a device",
    )
    key = jax.random.fold_in(key, jax.lax.axis_index(axis_name))
    scores = jax.random.uniform(key, (per_shard,))
    is_here = has_class(labels, per_shard)
    scores = scores.at[jnp.where(is_here, labels, per_shard)].set(1, mode="drop")
    classes = jnp.sort(jax.lax.top_k(scores, num_sampled)[1])
    places = jnp.zeros(per_shard, labels.dtype).at[classes].set(jnp.arange(num_sampled))
    return classes, jnp.where(is_here, places[labels], -1)
