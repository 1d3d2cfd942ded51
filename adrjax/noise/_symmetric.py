"""Symmetric label noise."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks
from adrjax.noise._labels import flat_labels, like_labels, random_order
from adrjax.noise._rate import known_rate


def symmetric(
    key: jax.Array,
    labels: ArrayLike,
    *,
    num_classes: int,
    rate: ArrayLike,
    include_true: bool = False,
    balanced: bool = False,
    independent: bool = False,
) -> tuple[jax.Array | np.ndarray, jax.Array | np.ndarray]:
    """Symmetric (uniform) label noise: a share of the labels becomes a random class.

    By default exactly `int(rate * n)` random examples get a label that is uniform over
    the other classes. The literature calls several protocols by this name:

    | protocol | keywords |
    |---|---|
    | ProSelfLC, D2L | the defaults |
    | gradient rescaling (GR); loss-correction, by a transition matrix | independent |
    | symmetric cross entropy (which ADR follows), Active-Passive Losses | balanced |
    | JointOptimization, DivideMix | include_true: rate 0.5 is 45 % of 10 classes |

    Args:
        key: A JAX random key.
        labels: Integer classes, `[...]`. A numpy array stays one outside of `jax.jit`.
        num_classes: The number of classes, at least 2.
        rate: The share of labels that are drawn, in [0, 1]. Only with `independent` may
            it be traced.
        include_true: Whether a drawn label may be the true one.
        balanced: Whether the count is exact in each class: `int(rate * n_c)` of `n_c`.
        independent: Whether each label is drawn with probability `rate`, independently
            of the others. No count is exact then.

    Returns:
        The noisy labels, of the shape and dtype of the labels, and the mask of changed
        labels, bool of the same shape.

    Raises:
        ValueError: If the rate is outside of [0, 1], there are fewer than 2 classes, a
            label is outside of them, the dtype of the labels cannot hold them all, or
            both `balanced` and `independent` are set.
        TypeError: If the labels are not integers, or a rate is traced that must not be.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from adrjax import noise
        >>> labels = jnp.array([0, 1, 2, 3, 0, 1, 2, 3])
        >>> noisy, flipped = noise.symmetric(
        ...     jax.random.key(0), labels, num_classes=4, rate=0.5
        ... )
        >>> int(flipped.sum()), bool((flipped == (noisy != labels)).all())
        (4, True)

    Reference:
        GR: Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, section 4.2. Public code: cifar100dataset.py of ProSelfLC-AT;
        dataset.py of SCELoss-Reproduce and Active-Passive-Losses; JointOptimization;
        dataloader_cifar.py of DivideMix.
    """
    num_classes = _checks.count("num_classes", num_classes, low=2)
    if balanced and independent:
        raise ValueError(
            "labels drawn independently have no exact count in each class; set only "
            "one of balanced and independent"
        )
    old = flat_labels(labels, num_classes)
    order_key, class_key = jax.random.split(key)
    if independent:
        probability = _checks.between("rate", rate, 0, 1)
        is_drawn = jax.random.bernoulli(order_key, probability, old.shape)
    else:
        groups = jnp.where(old < num_classes, old if balanced else 0, num_classes)
        is_drawn = _exactly(order_key, groups, num_classes + 1, known_rate(rate))

    if include_true:
        new = jax.random.randint(class_key, old.shape, 0, num_classes)
    else:
        shift = jax.random.randint(class_key, old.shape, 1, num_classes)
        new = (old + shift.astype(old.dtype)) % num_classes
    noisy = jnp.where(is_drawn, new.astype(old.dtype), old)
    return like_labels(labels, noisy, num_classes)


def _exactly(
    key: jax.Array, groups: jax.Array, num_groups: int, rate: float
) -> jax.Array:
    """Returns which examples are drawn: `int(rate * n)` of each group of n."""
    # Within its group each example has a place in a random order; the first are drawn.
    order = random_order(key, groups)
    sizes = jnp.bincount(groups, length=num_groups)
    starts = jnp.cumsum(sizes) - sizes
    places = jnp.arange(groups.size) - starts[groups[order]]
    quotas = (rate * np.arange(groups.size + 1)).astype(np.int32)  # by group size
    is_drawn = places < jnp.asarray(quotas)[sizes][groups[order]]
    return jnp.zeros(groups.size, bool).at[order].set(is_drawn)
