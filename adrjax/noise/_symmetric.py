"""Symmetric label noise."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.noise._labels import flat_labels, like_labels, random_order


def symmetric(
    key: jax.Array,
    labels: ArrayLike,
    *,
    num_classes: int,
    rate: float | jax.Array,
    include_true: bool = False,
    balanced: bool = False,
    independent: bool = False,
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    """Gives a share of the labels a class at random.

    Random examples, exactly `int(rate * n)` of them, get a label that is uniform over
    the other classes. The literature calls several protocols by this name:

    | protocol | keywords |
    |---|---|
    | gradient rescaling, ProSelfLC, D2L | the defaults |
    | symmetric cross entropy (which ADR follows), Active-Passive Losses | balanced |
    | JointOptimization, DivideMix | include_true: rate 0.5 is 45 % of 10 classes |
    | loss-correction, by a transition matrix | independent |

    Args:
        key: A JAX random key.
        labels: Integer classes, `[...]`; numpy stays numpy outside `jax.jit`.
        num_classes: The number of classes, at least 2.
        rate: The share of labels drawn anew, in [0, 1]; a constant under `jax.jit`
            unless each label is drawn on its own.
        include_true: Whether the new label may be the old one.
        balanced: Whether the count is exact for each class: `int(rate * n_c)` of `n_c`.
        independent: Whether each label is drawn on its own, with the rate for its
            probability, so that no count is exact.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and a boolean array of
        that shape which is True where they differ.

    Raises:
        ValueError: If the rate is not in [0, 1], there are fewer than 2 classes, a
            label names none of them, the dtype of the labels cannot hold them all, or
            counts are to be both balanced and independent.
        TypeError: If the labels are not integers.

    Reference:
        Public code: cifar100dataset.py of ProSelfLC-AT; dataset.py of SCELoss-Reproduce
        and Active-Passive-Losses; JointOptimization; dataloader_cifar.py of DivideMix.
    """
    _checks.count("num_classes", num_classes, low=2)
    _checks.between("rate", rate, 0, 1)
    if balanced and independent:
        raise ValueError(
            "labels drawn independently have no exact count in each class; set only "
            "one of balanced and independent"
        )
    old = flat_labels(labels, num_classes)
    order_key, class_key = jax.random.split(key)
    if independent:
        drawn = jax.random.bernoulli(order_key, rate, old.shape)
    else:
        groups = old if balanced else jnp.zeros_like(old)
        drawn = _exactly(order_key, groups, num_classes, float(rate))

    if include_true:
        new = jax.random.randint(class_key, old.shape, 0, num_classes)
    else:
        shift = jax.random.randint(class_key, old.shape, 1, num_classes)
        new = (old.astype(jnp.int32) + shift) % num_classes
    return like_labels(labels, jnp.where(drawn, new, old))


def _exactly(key, groups, num_classes, rate):
    """Returns which examples are drawn: `int(rate * n)` of each group of n."""
    # Within its group each example has a place in a random order; the first are drawn.
    order = random_order(key, groups)
    sizes = jnp.bincount(groups, length=num_classes)
    starts = jnp.cumsum(sizes) - sizes
    places = jnp.arange(groups.size) - starts[groups[order]]
    quotas = (rate * np.arange(groups.size + 1)).astype(np.int32)  # by group size
    is_drawn = places < jnp.asarray(quotas)[sizes][groups[order]]
    return jnp.zeros(groups.size, bool).at[order].set(is_drawn)
