"""CIFAR-10 and CIFAR-100."""

import dataclasses
from typing import Literal

from adrjax import _checks
from adrjax.data._dataset import Augment, Dataset
from adrjax.data._subset import only_classes
from adrjax.data.augment import pad_crop_flip

SIZES = {"train": 50_000, "test": 10_000}


def cifar10(augment: Augment | None = pad_crop_flip) -> Dataset:
    """CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 in 10 classes.

    Args:
        augment: The augmentation of one image in training.

    Returns:
        The data set, prepared by `python -m adrjax.data cifar10`.

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
        sizes=SIZES,
    )


def cifar100(
    augment: Augment | None = pad_crop_flip,
    *,
    labels: Literal["fine", "coarse"] = "fine",
) -> Dataset:
    """CIFAR-100: 50,000 training and 10,000 test images of 32 x 32 in 100 classes.

    Args:
        augment: The augmentation of one image in training.
        labels: The 100 fine classes, or the 20 coarse ones of five classes each.

    Returns:
        The data set, prepared by `python -m adrjax.data cifar100`.

    Reference:
        Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    _checks.one_of("labels", labels, ("fine", "coarse"))
    return Dataset(
        name="cifar100",
        num_classes=100 if labels == "fine" else 20,
        shape=(32, 32, 3),
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
        augment=augment,
        sizes=SIZES,
        label="label" if labels == "fine" else "coarse_label",
    )


def vehicles10(
    augment: Augment | None = pad_crop_flip,
    *,
    labels: Literal["fine", "coarse"] = "fine",
) -> Dataset:
    """Vehicles-10: 5,000 training and 1,000 test images of ten vehicles of CIFAR-100.

    Bicycle, bus, motorcycle, pickup truck and train are the superclass vehicles 1; lawn
    mower, rocket, streetcar, tank and tractor are vehicles 2.

    Args:
        augment: The augmentation of one image in training.
        labels: The ten vehicles in this order, or the two superclasses.

    Returns:
        The data set, prepared by `python -m adrjax.data vehicles10`, with the mean and
        std of CIFAR-100.

    Reference:
        Wang et al., Robust Discriminative Representation Learning via Gradient
        Rescaling, Table 9.
    """
    whole = cifar100(augment, labels=labels)
    classes = (8, 13, 48, 58, 90, 41, 69, 81, 85, 89) if labels == "fine" else (18, 19)
    vehicles = only_classes(whole, classes)
    return dataclasses.replace(vehicles, sizes={"train": 5000, "test": 1000})
