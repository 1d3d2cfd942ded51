"""What noise did to labels, in numbers."""

from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks

MOST = 20  # classes whose matrix fits on a screen, and lines of a longer list


def realised_transition(
    labels: ArrayLike, noisy: ArrayLike, *, num_classes: int
) -> np.ndarray:
    """Counts what share of each class became which.

    Args:
        labels: The true classes, integer `[...]`.
        noisy: The noisy ones, of the same shape.
        num_classes: The number of classes.

    Returns:
        The share of class i that is labelled j, `[num_classes, num_classes]`; the row
        of a class that no label names is 0.

    Raises:
        ValueError: If the shapes differ or a label names no class.
        TypeError: If they are not integers.
    """
    labels, noisy = _checked(labels, noisy, num_classes)
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (labels, noisy), 1)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def report(labels: ArrayLike, noisy: ArrayLike, *, num_classes: int) -> str:
    """Writes the rate of wrong labels and what became what, to be printed.

    Args:
        labels: The true classes, integer `[...]`.
        noisy: The noisy ones, of the same shape.
        num_classes: The number of classes.

    Returns:
        A line with the realised rate, and the realised transition in per cent: the
        matrix of up to 20 classes, the 20 largest changes of more.

    Raises:
        ValueError: If the shapes differ or a label names no class.
        TypeError: If they are not integers.
    """
    labels, noisy = _checked(labels, noisy, num_classes)
    wrong, n = np.count_nonzero(labels != noisy), labels.size
    rate = f"{100 * wrong / max(n, 1):.2f} %"
    head = f"{wrong:,} of {n:,} labels are wrong, {rate}"
    shares = 100 * realised_transition(labels, noisy, num_classes=num_classes)
    if num_classes <= MOST:
        columns = "".join(f"{j:7}" for j in range(num_classes))
        rows = [
            f"{i:4}" + "".join(f"{share:7.2f}" for share in row)
            for i, row in enumerate(shares)
        ]
        return "\n".join([head, "became, %" + columns[5:], *rows])
    np.fill_diagonal(shares, 0)
    largest = np.argsort(-shares, axis=None, kind="stable")[:MOST]
    places = [divmod(int(place), num_classes) for place in largest]
    changes = [
        f"{i:6} -> {j:<6}{shares[i, j]:6.2f} %" for i, j in places if shares[i, j]
    ]
    return "\n".join([f"{head}; the largest changes:", *changes])


def _checked(labels, noisy, num_classes):
    pair = [
        np.asarray(_checks.integer_labels(x, num_classes, name)).ravel()
        for x, name in ((labels, "labels"), (noisy, "noisy"))
    ]
    if np.shape(labels) != np.shape(noisy):
        raise ValueError(
            f"labels of shape {np.shape(labels)} want noisy ones of that shape, got "
            f"shape {np.shape(noisy)}"
        )
    return pair
