"""The noise that labels have: rates, and a report to print."""

from jax.typing import ArrayLike
import numpy as np

from adrjax import _checks

MAX_LINES = 20  # of a matrix or of a list


def realised_transition(
    labels: ArrayLike, noisy: ArrayLike, *, num_classes: int
) -> np.ndarray:
    """Realised transition: the share of each true class that has each noisy label.

    It is the confusion matrix of true and noisy labels, each row divided by its sum. It
    is computed on the host, not under `jax.jit`.

    Args:
        labels: The true classes, integer `[...]`.
        noisy: The noisy labels, of the same shape.
        num_classes: The number of classes.

    Returns:
        The share of class i that is labelled j, `[num_classes, num_classes]`. The row
        of a class without an example is 0.

    Raises:
        ValueError: If the shapes differ or a label is not a class.
        TypeError: If the labels are not integers.

    Example:
        >>> from adrjax import noise
        >>> noise.realised_transition([0, 0, 1], [0, 1, 1], num_classes=2).tolist()
        [[0.5, 0.5], [0.0, 1.0]]
    """
    true, noisy = _checked(labels, noisy, num_classes)
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (true, noisy), 1)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def report(labels: ArrayLike, noisy: ArrayLike, *, num_classes: int) -> str:
    """Report of label noise: the rate of wrong labels and their classes, to print.

    Args:
        labels: The true classes, integer `[...]`.
        noisy: The noisy labels, of the same shape.
        num_classes: The number of classes.

    Returns:
        A line with the realised rate, and the realised transition in per cent: the
        matrix of up to 20 classes, or the 20 largest changes of more.

    Raises:
        ValueError: If the shapes differ or a label is not a class.
        TypeError: If the labels are not integers.

    Example:
        >>> from adrjax import noise
        >>> print(noise.report([0, 0, 1, 1], [0, 1, 1, 1], num_classes=2))
        1 of 4 labels are wrong, 25.00 %
        became, % 0      1
           0  50.00  50.00
           1   0.00 100.00
    """
    true, noisy = _checked(labels, noisy, num_classes)
    wrong, n = np.count_nonzero(true != noisy), true.size
    rate = f"{100 * wrong / max(n, 1):.2f} %"
    head = f"{wrong:,} of {n:,} labels are wrong, {rate}"
    shares = 100 * realised_transition(true, noisy, num_classes=num_classes)
    if num_classes <= MAX_LINES:
        columns = "".join(f"{j:7}" for j in range(num_classes))
        rows = [
            f"{i:4}" + "".join(f"{share:7.2f}" for share in row)
            for i, row in enumerate(shares)
        ]
        return "\n".join([head, "became, %" + columns[5:], *rows])
    np.fill_diagonal(shares, 0)
    largest = np.argsort(-shares, axis=None, kind="stable")[:MAX_LINES]
    places = [divmod(int(place), num_classes) for place in largest]
    changes = [
        f"{i:6} -> {j:<6}{shares[i, j]:6.2f} %" for i, j in places if shares[i, j]
    ]
    return "\n".join([f"{head}; the largest changes:", *changes])


def _checked(
    labels: ArrayLike, noisy: ArrayLike, num_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    _checks.count("num_classes", num_classes, low=1)
    if np.shape(labels) != np.shape(noisy):
        raise ValueError(
            "labels and noisy must have the same shape, got shapes "
            f"{np.shape(labels)} and {np.shape(noisy)}"
        )
    true = np.asarray(_checks.integer_labels(labels, num_classes)).ravel()
    return true, np.asarray(_checks.integer_labels(noisy, num_classes, "noisy")).ravel()
