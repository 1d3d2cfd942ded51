"""Some of the classes of a data set, as a data set."""

from collections.abc import Sequence
import dataclasses

from adrjax import _checks
from adrjax.data._dataset import Dataset


def first_classes(dataset: Dataset, n: int) -> Dataset:
    """Keeps the classes `0..n - 1`: ImageNet's first 30, MNIST's first five.

    Args:
        dataset: The data set, prepared as a whole.
        n: How many classes are kept.

    Returns:
        The data set of these classes, with the statistics of the whole.

    Raises:
        ValueError: If `n` is not in `1..num_classes`.
    """
    _checks.count("n", n, low=1, high=dataset.num_classes, of=" classes")
    return only_classes(dataset, range(n))


def only_classes(dataset: Dataset, classes: Sequence[int]) -> Dataset:
    """Keeps some classes and numbers them in the order given.

    Args:
        dataset: The data set, prepared as a whole.
        classes: Their present labels; the first becomes 0.

    Returns:
        The data set of these classes, with the statistics of the whole.

    Raises:
        ValueError: If a class is named twice or is none of the data set.
    """
    number = {old: new for new, old in enumerate(classes)}
    if len(number) < len(classes) or not number.keys() <= {*range(dataset.num_classes)}:
        raise ValueError(
            f"classes must be distinct and in 0..{dataset.num_classes - 1}, got "
            f"{[*classes]}"
        )
    present = dataset.relabel or {old: old for old in range(dataset.num_classes)}
    return dataclasses.replace(
        dataset,
        num_classes=len(number),
        sizes={},
        relabel={old: number[now] for old, now in present.items() if now in number},
    )
