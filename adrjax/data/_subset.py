"""Data sets of some of the classes of a data set."""

from collections.abc import Sequence
import dataclasses

from adrjax import _checks
from adrjax.data._dataset import Dataset


def first_classes(dataset: Dataset, n: int) -> Dataset:
    """Data set of the classes `0..n - 1`, such as the first 100 of ImageNet.

    Args:
        dataset: The data set, prepared as a whole.
        n: The number of classes that are kept.

    Returns:
        The data set of these classes, with the mean and std of the whole.

    Raises:
        ValueError: If `n` is not in `1..num_classes`.
    """
    _has_classes(dataset)
    n = _checks.count("n", n, low=1, high=dataset.num_classes, of=" classes")
    return only_classes(dataset, range(n))


def only_classes(dataset: Dataset, classes: Sequence[int]) -> Dataset:
    """Data set of some classes, numbered in the given order.

    Args:
        dataset: The data set, prepared as a whole.
        classes: The present labels of the classes; the first becomes 0.

    Returns:
        The data set of these classes, with the mean and std of the whole.

    Raises:
        ValueError: If there are no classes, one is named twice or one is not in the
            data set.
    """
    _has_classes(dataset)
    known = range(dataset.num_classes)
    number = {int(old): new for new, old in enumerate(classes) if old in known}
    if len(number) < len(classes) or not number:
        raise ValueError(
            f"classes must be distinct integers in 0..{dataset.num_classes - 1}, at "
            f"least one, got {[*classes]}"
        )
    present = dataset.relabel or {old: old for old in known}
    return dataclasses.replace(
        dataset,
        num_classes=len(number),
        sizes={},
        relabel={old: number[now] for old, now in present.items() if now in number},
    )


def _has_classes(dataset: Dataset) -> None:
    if not dataset.num_classes:
        raise ValueError(f"{dataset.name} has no classes to choose from")
