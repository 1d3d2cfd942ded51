"""The mistakes of a network: by class, and the most confident ones."""

from collections.abc import Sequence
import csv
import math
import pathlib

from matplotlib import colors
import numpy as np
from sklearn.metrics import confusion_matrix

from adrjax import data
from adrjax.train import Predictions
from experiments import figure

NAMED = 40  # the most classes whose names are drawn beside the matrix
COUNTED = 15  # the most classes whose counts are drawn in it
SHOWN = 25  # images on the sheet
LETTERS = 20  # of a name above an image


def matrix(predictions: Predictions) -> np.ndarray:
    """Returns the confusion matrix: images by label (row) and predicted class (column)."""
    classes = np.arange(predictions.logits.shape[-1])
    return confusion_matrix(predictions.labels, predictions.classes, labels=classes)


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
    with figure.panels(path, 1, 1, side=side) as ((axis,),):
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
    predictions: Predictions,
    split: data.Split,
    names: Sequence[str],
    path: pathlib.Path,
) -> int:
    """Draws the most confident mistakes, the most confident first.

    Args:
        predictions: The predictions for the split.
        split: The images.
        names: The names of the classes.
        path: The PNG to write; without mistakes there is none.

    Returns:
        The number of images drawn.
    """
    path.unlink(missing_ok=True)
    classes, confidences = predictions.classes, predictions.confidences
    wrong = np.flatnonzero(classes != predictions.labels)
    if not wrong.size:
        return 0
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")][:SHOWN]
    columns = math.ceil(math.sqrt(len(worst)))
    rows = math.ceil(len(worst) / columns)
    with figure.panels(path, rows, columns, side=1.5) as axes:
        for axis in axes.flat:
            axis.axis("off")
        for axis, i in zip(axes.flat, worst, strict=False):
            image = np.asarray(split.images[i])
            gray = {"cmap": "gray", "vmin": 0, "vmax": 255}
            axis.imshow(image.squeeze(), **(gray if image.shape[-1] == 1 else {}))
            label, taken = int(predictions.labels[i]), int(classes[i])
            axis.set_title(
                f"{names[label][:LETTERS]}\ntaken for {names[taken][:LETTERS]}\n{100 * confidences[i]:.1f} % sure",
                fontsize=7,
            )
    return len(worst)


def _are_long(names: Sequence[str]) -> bool:
    return max(map(len, names)) > 2
