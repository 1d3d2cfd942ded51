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
    r"""Asymmetric (class-dependent) label noise by a transition matrix.

    Of the n examples of class i, :math:`n T_{ij}` random ones become j, rounded up or
    down at random, with the exact mean. All labels are drawn from the true ones at
    once. None is flipped twice, as happens if classes are swapped one by one.

    Args:
        key: A JAX random key.
        labels: Integer classes, `[...]`. A numpy array stays one outside of `jax.jit`.
        transition: The probability :math:`T_{ij}` that class i is labelled j,
            `[num_classes, num_classes]`; see `cifar10_pairs`, `next_in_superclass`,
            `swap_in_superclass` and `uniform_in_superclass`.
        independent: Whether each label is drawn independently, as in the public code of
            loss-correction. No share is exact then.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and the mask of changed
        labels, bool of the same shape.

    Raises:
        ValueError: If a row of the transition is not a distribution, a label is outside
            of the classes, or the dtype of the labels cannot hold them all.
        TypeError: If the labels are not integers.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from adrjax import noise
        >>> swap = jnp.array([[0.0, 1.0], [1.0, 0.0]])
        >>> noisy, flipped = noise.asymmetric(
        ...     jax.random.key(0), jnp.array([0, 1, 1]), transition=swap
        ... )
        >>> noisy.tolist(), flipped.tolist()
        ([1, 0, 0], [True, True, True])

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 2.
    """
    num_classes = max((0, *np.shape(transition)))
    matrix = _checks.transition("transition", transition, num_classes)
    old = flat_labels(labels, num_classes)
    order_key, offset_key = jax.random.split(key)
    cumulative = jnp.cumsum(matrix, axis=1)
    cumulative /= cumulative[:, -1:]
    if independent:
        drawn = jax.random.uniform(order_key, (old.size, 1))
        rows = cumulative[jnp.minimum(old, num_classes - 1)]
        return like_labels(labels, jnp.sum(drawn >= rows, axis=1), num_classes)

    # In the order of classes, those that become j end at the j-th bound of their class.
    sizes = jnp.bincount(old, length=num_classes)[:, None]
    starts = jnp.cumsum(sizes)[:, None] - sizes
    offsets = jax.random.uniform(offset_key, sizes.shape)
    ends = jnp.floor(cumulative * sizes.astype(cumulative.dtype) + offsets)
    bounds = starts + jnp.minimum(ends.astype(sizes.dtype), sizes)
    places = jnp.arange(old.size)
    new = jnp.searchsorted(bounds.ravel(), places, side="right") % num_classes
    noisy = jnp.zeros_like(new).at[random_order(order_key, old)].set(new)
    return like_labels(labels, noisy, num_classes)
