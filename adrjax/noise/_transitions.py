"""Transition matrices of asymmetric label noise."""

import jax
from jax.typing import ArrayLike
import numpy as np

from adrjax.noise._rate import known_rate

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


def cifar10_pairs(*, rate: ArrayLike) -> np.ndarray:
    """CIFAR-10's asymmetric noise: a transition matrix between similar classes.

    Truck becomes automobile, bird airplane, deer horse, cat dog and dog cat. The other
    five classes stay, so half the rate of all labels is wrong.

    Args:
        rate: The share of each of these classes that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[10, 10]`.

    Raises:
        ValueError: If the rate is outside of [0, 1].

    Example:
        >>> from adrjax import noise
        >>> matrix = noise.cifar10_pairs(rate=0.4)
        >>> matrix[3].tolist()  # cat
        [0.0, 0.0, 0.0, 0.6, 0.0, 0.4, 0.0, 0.0, 0.0, 0.0]

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 5.
    """
    other = np.arange(10)
    other[[9, 2, 3, 5, 4]] = [1, 0, 5, 3, 7]
    return _mix(np.eye(10)[other], rate)


def next_in_superclass(superclasses: ArrayLike, *, rate: ArrayLike) -> np.ndarray:
    """Next-class noise: each class becomes the next one of its superclass.

    The last class of a superclass becomes the first. With a single superclass,
    `np.zeros(num_classes, int)`, this is the pair flip of Co-teaching.

    Args:
        superclasses: The superclass of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of each class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is outside of [0, 1].

    Example:
        >>> from adrjax import noise
        >>> noise.next_in_superclass([0, 0, 0, 1], rate=0.25).tolist()[2:]
        [[0.25, 0.0, 0.75, 0.0], [0.0, 0.0, 0.0, 1.0]]

    Reference:
        Patrini et al., Making Deep Neural Networks Robust to Label Noise: A Loss
        Correction Approach, section 5; public code of Active-Passive-Losses.
    """
    other = np.arange(np.size(superclasses))
    for members in _members(superclasses):
        other[members] = np.roll(members, -1)
    return _mix(np.eye(other.size)[other], rate)


def swap_in_superclass(
    key: jax.Array, superclasses: ArrayLike, *, rate: ArrayLike
) -> np.ndarray:
    """Swap noise: two random classes of each superclass become each other.

    The other classes stay: on CIFAR-100 two fifths of the rate of all labels are wrong.

    Args:
        key: A JAX random key, which selects the classes.
        superclasses: The superclass of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of each selected class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is outside of [0, 1].

    Example:
        >>> import jax
        >>> from adrjax import noise
        >>> noise.swap_in_superclass(jax.random.key(0), [0, 0, 1], rate=0.25).tolist()
        [[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]

    Reference:
        Public code: dataset.py of symmetric_cross_entropy_for_noisy_labels;
        cifar100dataset.py of ProSelfLC-AT.
    """
    rate, other = known_rate(rate), np.arange(np.size(superclasses))
    order = np.asarray(jax.random.permutation(key, other.size))
    for members in _members(superclasses):
        chosen = order[np.isin(order, members)][:2]
        other[chosen] = chosen[::-1]
    return _mix(np.eye(other.size)[other], rate)


def uniform_in_superclass(superclasses: ArrayLike, *, rate: ArrayLike) -> np.ndarray:
    """Uniform noise in superclasses: each class becomes any other of its superclass.

    With a single superclass, `np.zeros(num_classes, int)`, this is the transition
    matrix of symmetric noise.

    Args:
        superclasses: The superclass of each class, integer `[num_classes]`, such as
            `CIFAR100_SUPERCLASSES`. A class alone in its superclass stays.
        rate: The share of each class that is mislabelled, in [0, 1].

    Returns:
        The transition matrix, `[num_classes, num_classes]`.

    Raises:
        ValueError: If the rate is outside of [0, 1].

    Example:
        >>> from adrjax import noise
        >>> noise.uniform_in_superclass([0, 0, 0, 1], rate=0.5).tolist()[2:]
        [[0.25, 0.25, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]]

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


def _members(superclasses: ArrayLike) -> list[np.ndarray]:
    """Returns the classes of each superclass."""
    superclasses = np.asarray(superclasses)
    if superclasses.ndim != 1 or not np.issubdtype(superclasses.dtype, np.integer):
        raise ValueError(
            "superclasses must be integers [num_classes], got "
            f"{superclasses.dtype} of shape {superclasses.shape}"
        )
    return [np.flatnonzero(superclasses == k) for k in np.unique(superclasses)]


def _mix(flipped: np.ndarray, rate: ArrayLike) -> np.ndarray:
    """Returns the matrix that flips a share of each class."""
    rate = known_rate(rate)
    return (1 - rate) * np.eye(len(flipped)) + rate * flipped
