"""CIFAR-10 and CIFAR-100."""

from collections.abc import Callable

import jax

from adrjax.data._dataset import Dataset
from adrjax.data.augment import pad_crop_flip

Augment = Callable[[jax.Array, jax.Array], jax.Array]


def cifar10(augment: Augment | None = pad_crop_flip) -> Dataset:
    """50,000 and 10,000 photos of 32 x 32 pixels in 10 classes.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data cifar10`.

    Reference:
        Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    return Dataset(
        name="cifar10",
        num_classes=10,
        shape=(32, 32, 3),
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2470, 0.2435, 0.2616),
        augment=augment,
    )


def cifar100(augment: Augment | None = pad_crop_flip) -> Dataset:
    """50,000 and 10,000 photos of 32 x 32 pixels in 100 classes, the fine labels.

    Args:
        augment: What training does to one image.

    Returns:
        The data set, to be prepared by `python -m adrjax.data cifar100`.

    Reference:
        Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    return Dataset(
        name="cifar100",
        num_classes=100,
        shape=(32, 32, 3),
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
        augment=augment,
    )
