"""Every public function of noise: a call, and every keyword moved off its default."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from adrjax import noise

KEY = jax.random.key(0)
CLASSES = 5
RNG = np.random.default_rng(0)
LABELS = RNG.choice(CLASSES, 6000, p=[0.3, 0.25, 0.2, 0.15, 0.1])
SIZES = np.bincount(LABELS)
PEOPLE = np.where(RNG.random((3, 6000)) < 0.3, (LABELS + 1) % CLASSES, LABELS)
TRANSITION = RNG.dirichlet(np.ones(CLASSES), size=CLASSES)
TRANSITION[1] = [0, 1, 0, 0, 0]
TRANSITION[2] = [0.5, 0, 0, 0.5, 0]
IMAGES = np.arange(100, dtype=np.int16).reshape(100, 1, 1, 1) * np.ones((2, 3, 1), int)
IMAGES = IMAGES.astype(np.int16)
FOREIGN = -1 - IMAGES[:60]
SUPERCLASSES = np.array([0, 1, 0, 2, 1, 0])


class Case(NamedTuple):
    """A call of a function.

    Attributes:
        arguments: Its positional arguments.
        required: Keywords without a default.
        moved: Other values for every keyword with a default.
        of_labels: Whether it maps a key and labels to noisy labels and a mask.
    """

    arguments: tuple
    required: Mapping[str, Any] = {}
    moved: Mapping[str, Any] = {}
    of_labels: bool = False


CASES = {
    "symmetric": Case(
        (KEY, LABELS),
        {"num_classes": CLASSES, "rate": 0.4},
        {"include_true": [True], "balanced": [True], "independent": [True]},
        of_labels=True,
    ),
    "asymmetric": Case(
        (KEY, LABELS),
        {"transition": TRANSITION},
        {"independent": [True]},
        of_labels=True,
    ),
    "human": Case(
        (KEY, LABELS, PEOPLE),
        {"num_classes": CLASSES},
        {"choose": ["worst", "random"], "clean": [LABELS]},
        of_labels=True,
    ),
    "open_set": Case((KEY, IMAGES, np.arange(100) % 4, FOREIGN), {"rate": 0.4}),
    "realised_transition": Case((LABELS, PEOPLE[0]), {"num_classes": CLASSES}),
    "report": Case((LABELS, PEOPLE[0]), {"num_classes": CLASSES}),
    "cifar10_pairs": Case((), {"rate": 0.4}),
    "next_in_superclass": Case((SUPERCLASSES,), {"rate": 0.4}),
    "swap_in_superclass": Case((KEY, SUPERCLASSES), {"rate": 0.4}),
    "uniform_in_superclass": Case((SUPERCLASSES,), {"rate": 0.4}),
}


def transitions(noisy, labels=LABELS):
    """Returns the share of class i that became j, `[CLASSES, CLASSES]`."""
    return noise.realised_transition(labels, np.asarray(noisy), num_classes=CLASSES)
