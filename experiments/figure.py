"""The plots of every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import pathlib
from typing import Any

from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
import matplotlib.pyplot as plt
import numpy as np

from adrjax import train

Runs = Mapping[str, Sequence[train.Result]]  # of each row, of each seed

STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(
        color=["#3b6fb6", "#e07b39", "#3a9d6e", "#c0447a", "#7d6bb8", "#8c8c8c"]
    ),
    "legend.frameon": False,
    "figure.dpi": 130,
    "savefig.bbox": "tight",
}


@contextlib.contextmanager
def panels(
    path: pathlib.Path, rows: int, columns: int, *, side: float = 3.2
) -> Iterator[np.ndarray]:
    """Yields the axes `[rows, columns]` of a figure, which is written at the end."""
    with plt.rc_context(STYLE):
        figure: Figure
        figure, axes = plt.subplots(
            rows,
            columns,
            squeeze=False,
            figsize=(side * 1.3 * columns, side * rows),
            layout="constrained",
        )
        yield axes
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path)
        plt.close(figure)


def of_runs(runs: Runs, directory: pathlib.Path) -> list[pathlib.Path]:
    """Draws the learning curves and reliability diagrams of a table's rows.

    The reliability diagrams are left out if the table has no column "ECE": the softmax of
    its scores may mean nothing.
    """
    curves, diagrams = directory / "learning_curves.png", directory / "reliability.png"
    learning_curves({"": runs}, curves)
    if not _have(runs, "ECE"):
        return [curves]
    reliability(runs, diagrams)
    return [curves, diagrams]


def learning_curves(
    groups: Mapping[str, Runs], path: pathlib.Path, *, metric: str | None = None
) -> None:
    """Draws a test metric and the training loss over the epochs, the seeds as a band.

    Args:
        groups: The rows of each column of panels, by the column's title.
        path: The PNG to write.
        metric: The test metric; None for the first of the runs.
    """
    with panels(path, 2, len(groups)) as axes:
        for column, (title, runs) in zip(axes.T, groups.items(), strict=True):
            name = _first_metric(runs) if metric is None else metric
            for row, results in runs.items():
                histories = [result.history for result in results]
                _band(column[0], row, histories, name)
                _band(column[1], row, histories, "train_loss")
            label = "test accuracy, %" if name == "top1" else f"test {name}"
            column[0].set(title=title, ylabel=label)
            column[1].set(xlabel="epoch", ylabel="training loss")
            column[0].legend(fontsize=8)


def reliability(runs: Runs, path: pathlib.Path, *, bins: int = 10) -> None:
    """Draws accuracy against confidence, over all seeds, one panel a row.

    Args:
        runs: The runs of each row.
        path: The PNG to write.
        bins: The number of bins, equally wide.
    """
    columns = min(3, len(runs))
    with panels(path, -(-len(runs) // columns), columns, side=2.8) as axes:
        for axis in axes.flat[len(runs) :]:
            axis.remove()
        for axis, (name, results) in zip(axes.flat, runs.items(), strict=False):
            logits = np.concatenate([result.logits for result in results])
            labels = np.concatenate([result.labels for result in results])
            _diagram(axis, logits, labels, bins)
            if _have({name: results}, "ECE"):
                error = np.mean([result.history[-1]["ECE"] for result in results])
                name = f"{name}, ECE {error:.1f} %"
            axis.set_title(name)
        axes[0, 0].legend(fontsize=8, loc="upper left")


def _have(runs: Runs, metric: str) -> bool:
    results = [result for row in runs.values() for result in row]
    return all(metric in result.history[-1] for result in results)


def _first_metric(runs: Runs) -> str:
    """Returns the test metric that the checkpoints of runs are chosen by."""
    record = next(iter(runs.values()))[0].history[-1]
    names = [x for x in record if not x.startswith("train_")]
    return next(x for x in names if x not in ("epoch", "step"))


def _band(axis: Axes, name: str, histories: Sequence[list[dict]], key: str) -> None:
    epochs = [epoch["epoch"] for epoch in histories[0]]
    values = np.array([[epoch[key] for epoch in history] for history in histories])
    (line,) = axis.plot(epochs, values.mean(0), label=name, linewidth=1.6)
    axis.fill_between(
        epochs, values.min(0), values.max(0), color=line.get_color(), alpha=0.15, lw=0
    )


def _diagram(axis: Axes, logits: np.ndarray, labels: np.ndarray, bins: int) -> None:
    probs = np.exp(logits - logits.max(-1, keepdims=True))
    probs /= probs.sum(-1, keepdims=True)
    confidence, hits = probs.max(-1), probs.argmax(-1) == labels
    bin_of = np.minimum(np.ceil(confidence * bins).astype(int) - 1, bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    shares = np.bincount(bin_of, hits, minlength=bins) / np.maximum(counts, 1)
    middles = (np.arange(bins) + 0.5) / bins
    axis.bar(middles, shares, width=0.9 / bins, label="accuracy")
    axis.bar(
        middles,
        counts / counts.sum(),
        width=0.5 / bins,
        color="#333333",
        alpha=0.35,
        label="share of images",
    )
    axis.plot([0, 1], [0, 1], color="#999999", linestyle="--", linewidth=1)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy")
