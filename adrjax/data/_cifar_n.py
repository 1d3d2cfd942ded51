"""CIFAR-10N and CIFAR-100N: CIFAR with labels given by people."""

import dataclasses
from typing import Literal

from adrjax import _checks
from adrjax.data._cifar import cifar10, cifar100
from adrjax.data._dataset import Augment, Dataset
from adrjax.data.augment import pad_crop_flip

LABELS_OF_10 = {
    "clean": "label",
    "aggregate": "aggre_label",
    "random1": "random_label1",
    "random2": "random_label2",
    "random3": "random_label3",
    "worst": "worse_label",
}
LABELS_OF_100 = {"clean": "label", "noisy": "noise_label"}


def cifar10_n(
    augment: Augment | None = pad_crop_flip,
    *,
    labels: Literal[
        "clean", "aggregate", "random1", "random2", "random3", "worst"
    ] = "worst",
) -> Dataset:
    """CIFAR-10N: CIFAR-10 with training labels that three people gave each image.

    Of the 50,000 labels, 9.01 % are wrong in `aggregate`, the majority of three;
    17.23 %, 18.12 % and 17.64 % in `random1` to `random3`, the labels of one person;
    40.21 % in `worst`, which has a wrong label if any of the three is wrong. The test
    labels are clean.

    Args:
        augment: The augmentation of one image in training.
        labels: The labels that are read for training; the order of the images is the
            same for all.

    Returns:
        The data set, prepared by `python -m adrjax.data cifar10_n --manual-dir FOLDER`.
        `Dataset.true_labels` returns the clean labels.

    Reference:
        Wei et al., Learning with Noisy Labels Revisited: A Study Using Real-World Human
        Annotations, 2022.
    """
    _checks.one_of("labels", labels, tuple(LABELS_OF_10))
    return dataclasses.replace(
        cifar10(augment),
        name="cifar10_n",
        files=_files("10", "c10"),
        label=LABELS_OF_10[labels],
        true_label="label",
    )


def cifar100_n(
    augment: Augment | None = pad_crop_flip,
    *,
    labels: Literal["clean", "noisy"] = "noisy",
) -> Dataset:
    """CIFAR-100N: CIFAR-100 with training labels that one person gave each image.

    40.20 % of the 50,000 labels are wrong. The test labels are clean.

    Args:
        augment: The augmentation of one image in training.
        labels: The labels that are read for training; the order of the images is the
            same for both.

    Returns:
        The data set, prepared by `python -m adrjax.data cifar100_n --manual-dir
        FOLDER`. `Dataset.true_labels` returns the clean labels.

    Reference:
        Wei et al., Learning with Noisy Labels Revisited: A Study Using Real-World Human
        Annotations, 2022.
    """
    _checks.one_of("labels", labels, tuple(LABELS_OF_100))
    return dataclasses.replace(
        cifar100(augment),
        name="cifar100_n",
        files=_files("100", "c100"),
        label=LABELS_OF_100[labels],
        true_label="label",
    )


def _files(classes: str, order: str) -> str:
    return (
        f"CIFAR-{classes}_human_annotations.csv, side_info_cifar{classes}N.csv and "
        f"image_order_{order}.npy, from https://github.com/UCSC-REAL/cifar-10-100n; "
        f"the first is CIFAR-{classes}_human_ordered.npy written as csv, see "
        f"https://www.tensorflow.org/datasets/catalog/cifar{classes}_n"
    )
