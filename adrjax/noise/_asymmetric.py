"""Asymmetric label noise."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.noise._labels import flat_labels, like_labels, random_order


def asymmetric(
    key: jax.Array,
    labels: ArrayLike,
    *,
    transition: ArrayLike,
    independent: bool = False,
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    r"""Mislabels each class as its row of a matrix says.

    Of the n examples of class i, :math:`n T_{ij}` at random become j, rounded up or
    down at random so that the mean is exact. All labels are drawn from the old ones at
    once: none is flipped twice, as happens where classes are swapped one by one.

    Args:
        key: A JAX random key.
        labels: Integer classes, `[...]`; numpy stays numpy outside `jax.jit`.
        transition: The probability :math:`T_{ij}` that class i is labelled j,
            `[num_classes, num_classes]`; see `cifar10_pairs`, `next_in_superclass`,
            `swap_in_superclass`, `swap_pairs` and `uniform_in_superclass`.
        independent: Whether each label is drawn on its own, so that no share is exact,
            as in the public code of loss-correction.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and a boolean array of
        that shape which is True where they differ.

    Raises:
        ValueError: If a row of the transition is no distribution, a label names no
            class, or the dtype of the labels cannot hold them all.
        TypeError: If the labels are not integers.

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 2.
    """
    num_classes = max((0, *jnp.shape(transition)))
    matrix = _checks.transition("transition", transition, num_classes)
    old = flat_labels(labels, num_classes)
    order_key, offset_key = jax.random.split(key)
    cumulative = jnp.cumsum(matrix, axis=1)
    cumulative /= cumulative[:, -1:]
    if independent:
        drawn = jax.random.uniform(order_key, (old.size, 1))
        return like_labels(labels, jnp.sum(drawn >= cumulative[old], axis=1))

    # In the order of classes, those that become j end at the j-th bound of their class.
    sizes = jnp.bincount(old, length=num_classes)[:, None]
    starts = jnp.cumsum(sizes)[:, None] - sizes
    offsets = jax.random.uniform(offset_key, sizes.shape)
    ends = jnp.floor(cumulative * sizes + offsets).astype(sizes.dtype)
    bounds = starts + jnp.minimum(ends, sizes)
    places = jnp.arange(old.size)
    new = jnp.searchsorted(bounds.ravel(), places, side="right") % num_classes
    noisy = jnp.zeros_like(new).at[random_order(order_key, old)].set(new)
    return like_labels(labels, noisy)
