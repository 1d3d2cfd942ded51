"""The transition matrices that the literature calls asymmetric noise."""

import jax
from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks

# The superclass of each of CIFAR-100's fine classes, both in alphabetical order.
# fmt: off
CIFAR100_SUPERCLASSES = np.array([
    4, 1, 14, 8, 0, 6, 7, 7, 18, 3, 3, 14, 9, 18, 7, 11, 3, 9, 7, 11,
    6, 11, 5, 10, 7, 6, 13, 15, 3, 15, 0, 11, 1, 10, 12, 14, 16, 9, 11, 5,
    5, 19, 8, 8, 15, 13, 14, 17, 18, 10, 16, 4, 17, 4, 2, 0, 17, 4, 18, 17,
    10, 3, 2, 12, 12, 16, 12, 1, 9, 19, 2, 10, 0, 1, 16, 12, 9, 13, 15, 13,
    16, 19, 2, 4, 6, 19, 5, 5, 8, 19, 18, 1, 2, 15, 6, 0, 17, 8, 14, 13,
])
# fmt: on


def cifar10_pairs(*, rate: float) -> np.ndarray:
    """Mislabels CIFAR-10's classes as those that look alike.

    Trucks become automobiles, birds airplanes, deer horses, and cats and dogs each
    other. The other five classes stay, so that half the rate of all labels is wrong.

    Args:
        rate: The share of these classes that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[10, 10]`.

    Raises:
        ValueError: If the rate is not in [0, 1].

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 5.
    """
    other = np.arange(10)
    other[[9, 2, 3, 5, 4]] = [1, 0, 5, 3, 7]
    return _mix(np.eye(10)[other], rate)


def next_in_superclass(superclasses: ArrayLike, *, rate: float) -> np.ndarray:
    """Mislabels each class as the next of its superclass, the last as the first.

    Args:
        superclasses: That of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of each class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is not in [0, 1].

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 5; public code of Active-Passive-Losses.
    """
    other = np.arange(np.size(superclasses))
    for members in _members(superclasses):
        other[members] = np.roll(members, -1)
    return _mix(np.eye(other.size)[other], rate)


def swap_in_superclass(
    key: jax.Array, superclasses: ArrayLike, *, rate: float
) -> np.ndarray:
    """Mislabels two random classes of each superclass as each other.

    The others stay: of CIFAR-100's labels two fifths of the rate are wrong.

    Args:
        key: A JAX random key, which chooses the classes.
        superclasses: That of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of the chosen classes that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is not in [0, 1].

    Reference:
        Public code: dataset.py of symmetric_cross_entropy_for_noisy_labels;
        cifar100dataset.py of ProSelfLC-AT.
    """
    other = np.arange(np.size(superclasses))
    order = np.asarray(jax.random.permutation(key, other.size))
    for members in _members(superclasses):
        chosen = order[np.isin(order, members)][:2]
        other[chosen] = chosen[::-1]
    return _mix(np.eye(other.size)[other], rate)


def swap_pairs(key: jax.Array, *, num_classes: int, rate: float) -> np.ndarray:
    """Mislabels random pairs of classes as each other.

    Every class is in one pair; of an odd number of classes one stays.

    Args:
        key: A JAX random key, which chooses the pairs.
        num_classes: The number of classes, at least 2.
        rate: The share of each class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is not in [0, 1] or there are fewer than 2 classes.
    """
    _checks.count("num_classes", num_classes, low=2)
    order = np.asarray(jax.random.permutation(key, num_classes))
    pairs = order[: num_classes // 2 * 2].reshape(-1, 2)
    other = np.arange(num_classes)
    other[pairs] = pairs[:, ::-1]
    return _mix(np.eye(num_classes)[other], rate)


def uniform_in_superclass(superclasses: ArrayLike, *, rate: float) -> np.ndarray:
    """Mislabels each class as the others of its superclass, all alike.

    Args:
        superclasses: That of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of each class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is not in [0, 1].

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Appendix D.
    """
    flipped = np.eye(np.size(superclasses))
    for members in _members(superclasses):
        if members.size > 1:
            others = 1 - np.eye(members.size)
            flipped[np.ix_(members, members)] = others / (members.size - 1)
    return _mix(flipped, rate)


def _members(superclasses):
    superclasses = np.asarray(superclasses)
    return [np.flatnonzero(superclasses == k) for k in np.unique(superclasses)]


def _mix(flipped, rate):
    _checks.between("rate", rate, 0, 1)
    return (1 - rate) * np.eye(len(flipped)) + rate * flipped
