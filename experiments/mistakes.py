"""The mistakes of a network: by class, and the most confident ones."""

from collections.abc import Sequence
import csv
import math
import pathlib
from typing import NamedTuple

import jax
from matplotlib import colors
import numpy as np
from sklearn.metrics import confusion_matrix

from adrjax import data
from experiments.harness import plots

NAMED = 40  # the most classes whose names are drawn beside the matrix
COUNTED = 15  # the most classes whose counts are drawn in it
SHOWN = 25  # images on the sheet
LETTERS = 20  # of a name above an image


class Classes(NamedTuple):
    """The predicted class of every image of a split.

    Attributes:
        labels: The labels, `[n]`.
        predicted: The most probable classes, `[n]`.
        confidences: The probabilities of these classes, `[n]`.
    """

    labels: np.ndarray
    predicted: np.ndarray
    confidences: np.ndarray

    @property
    def hits(self) -> np.ndarray:
        """Whether the predicted class is the label, `[n]`."""
        return self.predicted == self.labels


def matrix(classes: Classes, num_classes: int) -> np.ndarray:
    """Returns the confusion matrix: images by label (row) and predicted class (column)."""
    every = np.arange(num_classes)
    return confusion_matrix(classes.labels, classes.predicted, labels=every)


def write_classes(counts: np.ndarray, names: Sequence[str], path: pathlib.Path) -> None:
    """Writes recall, precision and the most frequent mistake of each class.

    Args:
        counts: The confusion matrix.
        names: The names of the classes.
        path: The CSV to write.
    """
    header = ["class", "name", "images", "recall", "precision", "taken for", "times"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for label, row in enumerate(counts):
            hits, wrong = row[label], np.where(np.arange(len(row)) == label, 0, row)
            other, predicted = int(wrong.argmax()), counts[:, label].sum()
            shares = [hits / n if n else None for n in (row.sum(), predicted)]
            taken = [names[other], wrong[other]] if wrong.any() else [None, 0]
            writer.writerow([label, names[label], row.sum(), *shares, *taken])


def draw_confusion(
    counts: np.ndarray, names: Sequence[str], path: pathlib.Path
) -> None:
    """Draws the confusion matrix, with rows that sum to 100 %.

    Args:
        counts: The confusion matrix.
        names: The names of the classes.
        path: The PNG to write.
    """
    shares = 100 * counts / np.maximum(counts.sum(1, keepdims=True), 1)
    ticks = range(len(counts))
    room = 1.4 if _are_long(names) else 0.4  # inches, for the names
    side = float(np.clip(0.32 * len(counts) + room, 3.4, 8))
    with plots.panels(path, 1, 1, side=side) as ((axis,),):
        # The square root, so that a few mistakes are visible beside the diagonal.
        norm = colors.PowerNorm(0.5, vmin=0, vmax=100)
        picture = axis.imshow(shares, cmap="Blues", norm=norm)
        bar = axis.figure.colorbar(picture, ax=axis, ticks=[0, 1, 5, 20, 50, 100])
        bar.set_label("% of the class")
        bar.outline.set_visible(False)
        axis.grid(False)
        axis.set(xlabel="prediction", ylabel="label")
        if len(counts) <= NAMED:
            axis.set_xticks(ticks, names, rotation=90 if _are_long(names) else 0)
            axis.set_yticks(ticks, names)
        if len(counts) <= COUNTED:
            for (row, column), count in np.ndenumerate(counts):
                if count:
                    dark = shares[row, column] > 30
                    axis.text(
                        column,
                        row,
                        count,
                        ha="center",
                        va="center",
                        fontsize=8,
                        color="white" if dark else "black",
                    )


def draw_worst(
    classes: Classes,
    split: data.Split,
    names: Sequence[str],
    path: pathlib.Path,
) -> int:
    """Draws the most confident mistakes, the most confident first.

    Args:
        classes: The predictions for the split.
        split: The images.
        names: The names of the classes.
        path: The PNG to write; without mistakes there is none.

    Returns:
        The number of images drawn.
    """
    path.unlink(missing_ok=True)
    wrong = np.flatnonzero(~classes.hits)
    if not wrong.size:
        return 0
    worst = wrong[np.argsort(-classes.confidences[wrong], kind="stable")][:SHOWN]
    images = read_images(split, worst)
    columns = math.ceil(math.sqrt(len(worst)))
    rows = math.ceil(len(worst) / columns)
    with plots.panels(path, rows, columns, side=1.5) as axes:
        for axis in axes.flat:
            axis.axis("off")
        for axis, i, image in zip(axes.flat, worst, images, strict=False):
            gray = {"cmap": "gray", "vmin": 0, "vmax": 255}
            axis.imshow(image.squeeze(), **(gray if image.shape[-1] == 1 else {}))
            label, taken = int(classes.labels[i]), int(classes.predicted[i])
            sure = 100 * classes.confidences[i]
            axis.set_title(
                f"{names[label][:LETTERS]}\ntaken for {names[taken][:LETTERS]}\n"
                f"{sure:.1f} % sure",
                fontsize=7,
            )
    return len(worst)


def read_images(split: data.Split, rows: np.ndarray) -> np.ndarray:
    """Returns some images of a split, uint8 `[rows, height, width, channels]`."""
    some = data.Split(split.images[rows], np.asarray(split.labels)[rows])
    batches = data.eval_batches(some, batch_size=len(rows), devices=1)
    images = np.concatenate([jax.device_get(batch.images) for batch, _ in batches])
    return images.reshape(len(rows), *images.shape[-3:])


def _are_long(names: Sequence[str]) -> bool:
    return max(map(len, names)) > 2
