"""The plots of every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
import contextlib
import pathlib
from typing import TYPE_CHECKING, Any

from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
import numpy as np

from adrjax import train
from experiments.harness.evaluation import Measured
from experiments.harness.metrics import confidences_and_hits
from experiments.harness.result import Result

if TYPE_CHECKING:
    from experiments.harness.figure import Context

LETTERS = 40  # of the names below bars that fit side by side
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(linestyle=["-", "--"])
    * cycler(color=["#3b6fb6", "#e07b39", "#3a9d6e", "#c0447a", "#7d6bb8", "#8c8c8c"]),
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


def learning_curves(context: Context) -> list[pathlib.Path]:
    """Draws the first metric that is recorded, and the training loss, of every network."""
    groups: dict[str, dict[str, Sequence[Result]]] = {"": {}}
    for row in context.rows:
        for column in context.columns:
            results = context.of(row, column)
            drawn = [x[0].directory for x in groups[""].values()]
            if results and results[0].history and results[0].directory not in drawn:
                name = row if row not in groups[""] else f"{row}, {column}"
                groups[""][name] = results
    if not groups[""]:
        return []
    path = context.directory / "learning_curves.png"
    curves(groups, path, keys=[*_first_metric(groups[""]), "train_loss"])
    return [path]


def of_columns(
    context: Context, path: pathlib.Path, *, keys: Sequence[str], x: str = "epoch"
) -> list[pathlib.Path]:
    """Draws metrics over the training of the networks of a table, a panel a column.

    The networks of a `Best` are left out.

    Args:
        context: The networks.
        path: The PNG to write.
        keys: The metric of each row of panels.
        x: `"epoch"` or `"step"`.

    Returns:
        The path, or nothing if there are no networks.
    """
    groups = context.by_column()
    if not groups:
        return []
    curves(groups, path, keys=keys, x=x)
    return [path]


def curves(
    groups: Mapping[str, Mapping[str, Sequence[Result]]],
    path: pathlib.Path,
    *,
    keys: Sequence[str],
    x: str = "epoch",
    baselines: Mapping[str, Mapping[str, float]] | None = None,
    formats: Mapping[str, str] | None = None,
    marks: Sequence[float] = (),
) -> None:
    """Draws metrics over the training, the range over the seeds as a band.

    Args:
        groups: The networks of each column of panels, by the column's title.
        path: The PNG to write.
        keys: The metric of each row of panels.
        x: `"epoch"` or `"step"`.
        baselines: Horizontal lines in the first panel of each column, by its title.
        formats: The color and line style of networks by name, such as `"r:"`.
        marks: The places of dotted vertical lines, such as the drops of the rate.
    """
    with panels(path, len(keys), len(groups)) as axes:
        for column, (title, rows) in zip(axes.T, groups.items(), strict=True):
            column[0].set_title(title)
            for axis, key in zip(column, keys, strict=True):
                for name, results in rows.items():
                    form = (formats or {}).get(name, "")
                    curve(axis, results, key, name=name, x=x, form=form)
                for place in marks:
                    axis.axvline(place, color="#999999", linestyle=":", linewidth=1)
                axis.set_ylabel(key.replace("_", " "))
                axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            column[-1].set_xlabel(x)
            _lines(column[0], (baselines or {}).get(title, {}))
            column[0].legend(fontsize=8)


def bars(
    values: Mapping[str, Mapping[str, Sequence[float]]],
    path: pathlib.Path,
    *,
    y: str,
    low: float | None = None,
) -> None:
    """Draws a group of bars for each name, one bar a series, dots for the seeds.

    Args:
        values: The values of each seed by series and name.
        path: The PNG to write.
        y: The label of the axis.
        low: Where the axis starts, if not at 0.
    """
    names = [*dict.fromkeys(name for series in values.values() for name in series)]
    with panels(path, 1, 1, side=4) as axes:
        axis, width = axes[0, 0], 0.8 / len(values)
        for i, (series, found) in enumerate(values.items()):
            places = np.arange(len(names)) + (i - (len(values) - 1) / 2) * width
            means = [np.mean(found[name]) if name in found else 0 for name in names]
            axis.bar(places, means, width, label=series)
            for place, name in zip(places, names, strict=True):
                seeds = found.get(name, ())
                axis.plot([place] * len(seeds), seeds, "k.", markersize=3)
        axis.set(ylabel=y)
        axis.set_ylim(bottom=low)
        is_wide = sum(map(len, names)) > LETTERS
        turned = {"rotation": 30, "ha": "right"} if is_wide else {}
        axis.set_xticks(np.arange(len(names)), names, **turned)
        axis.legend(fontsize=8)


def sweep(
    groups: Mapping[str, Mapping[str, Mapping[float, Sequence[float]]]],
    path: pathlib.Path,
    *,
    x: str,
    y: str,
    xscale: str = "linear",
    baselines: Mapping[str, float | Sequence[float]] | None = None,
) -> None:
    """Draws a number over a setting, the range over the seeds as a band.

    Args:
        groups: The values of each seed by panel, curve and setting.
        path: The PNG to write.
        x: The label of the setting.
        y: The label of the number.
        xscale: The scale of the setting, as matplotlib names it.
        baselines: Horizontal lines in every panel, at a number or at that of each seed.
    """
    with panels(path, 1, len(groups)) as axes:
        for axis, (title, series) in zip(axes[0], groups.items(), strict=True):
            for name, points in series.items():
                settings = sorted(points)
                values = np.array([points[setting] for setting in settings]).T
                filled(axis, name, np.array(settings), values)
            _lines(axis, baselines or {})
            axis.set(title=title, xlabel=x, xscale=xscale)
            axis.legend(fontsize=8)
        axes[0, 0].set_ylabel(y)


def filled(
    axis: Axes,
    name: str,
    places: np.ndarray,
    values: np.ndarray,
    form: str = "",
    **style: Any,
) -> None:
    """Draws the mean over the seeds as a line, and the range as a band.

    Args:
        axis: The axes to draw in.
        name: The name of the line.
        places: `[n]`.
        values: The values of each seed, `[seeds, n]`.
        form: The color and line, as matplotlib's format strings name them.
        **style: The style of the line, as for `Axes.plot`.
    """
    style = {"marker": "o" if len(places) == 1 else None, "linewidth": 1.6} | style
    forms = [form] if form else []  # an empty one would make every line solid
    (line,) = axis.plot(places, values.mean(0), *forms, label=name, **style)
    axis.fill_between(
        places, values.min(0), values.max(0), color=line.get_color(), alpha=0.15, lw=0
    )


def scatter(
    axis: Axes,
    points: np.ndarray,
    labels: np.ndarray,
    *,
    centers: np.ndarray | None = None,
) -> None:
    """Draws 2-D features by class, with a cross for each center.

    Args:
        axis: The axes to draw in.
        points: `[n, 2]`.
        labels: `[n]`.
        centers: `[num_classes, 2]`.
    """
    colors = plt.get_cmap("tab10")
    for label in np.unique(labels):
        of = points[labels == label]
        axis.plot(*of.T, ".", color=colors(label % 10), markersize=1.5, alpha=0.5)
    if centers is not None:
        axis.plot(*centers.T, "kx", markersize=6)
    axis.set_aspect("equal", "datalim")


def reliability(
    context: Context,
    path: pathlib.Path,
    *,
    rows: Sequence[str] | None = None,
    split: str = "test",
    crop: Any = None,
    bins: int = 10,
) -> None:
    """Draws accuracy against confidence, over all seeds, one panel a row.

    Args:
        context: The networks.
        path: The PNG to write.
        rows: The rows; all by default.
        split: The images.
        crop: The crop that they are decoded with; None for images of one size.
        bins: The number of bins, equally wide.
    """
    rows = [row for row in rows or context.rows if context.of(row)]
    columns = min(3, len(rows))
    with panels(path, -(-len(rows) // columns), columns, side=2.8) as axes:
        for axis in axes.flat[len(rows) :]:
            axis.remove()
        for axis, row in zip(axes.flat, rows, strict=False):
            pairs = []
            for result in context.of(row):
                images = context.runner.splits(result.run).split(split, crop)
                network = context.runner.network(result.run)
                pairs.append(network.map(_confidences_and_hits, images))
            confidences, hits = (np.concatenate(x) for x in zip(*pairs, strict=True))
            diagram(axis, confidences, hits, bins)
            axis.set_title(row)
        axes[0, 0].legend(fontsize=8, loc="upper left")


def _confidences_and_hits(x: train.Examples) -> Any:
    return confidences_and_hits(Measured(x.outputs, x.labels, x.labels, x.loss))


def sheet(
    rows: Mapping[str, tuple[np.ndarray, Sequence[str]]], path: pathlib.Path
) -> None:
    """Draws rows of images, each image above its caption.

    Args:
        rows: The images, `[n, height, width, 3]` in 0..255, and their captions, by the
            title of the row.
        path: The PNG to write.
    """
    columns = max(len(captions) for _, captions in rows.values())
    with panels(path, len(rows), columns, side=1.2) as axes:
        for line, (title, (images, captions)) in zip(axes, rows.items(), strict=True):
            line[0].set_title(title, loc="left", fontsize=8)
            for axis in line:
                axis.set_axis_off()
            for axis, image, caption in zip(line, images, captions, strict=False):
                axis.imshow(image)
                axis.text(
                    0.5,
                    -0.05,
                    caption,
                    transform=axis.transAxes,
                    ha="center",
                    va="top",
                    fontsize=6,
                )


def roc(
    axis: Axes, accepted: np.ndarray, validated: np.ndarray, name: str = ""
) -> None:
    """Draws a receiver operating characteristic.

    Args:
        axis: The axes to draw in.
        accepted: The rates of false accepts, `[n]`.
        validated: The rates of true accepts, `[n]`.
        name: The name of the curve.
    """
    axis.plot(accepted, validated, label=name)
    axis.set(xlabel="false accept rate", ylabel="true accept rate", xscale="log")


def _first_metric(rows: Mapping[str, Sequence[Result]]) -> list[str]:
    """Returns the first metric that is recorded by an evaluation, if there is one."""
    record = next(iter(rows.values()))[0].history[-1]
    return [name for name in record if "/" in name][:1]


def curve(
    axis: Axes,
    results: Sequence[Result],
    key: str,
    *,
    name: str,
    x: str = "epoch",
    scale: float = 1.0,
    form: str = "",
    **style: Any,
) -> None:
    """Draws a metric over the training, the range over the seeds as a band.

    Args:
        axis: The axes to draw in.
        results: The results of each seed. Nothing is drawn if one has not the metric.
        key: The metric.
        name: The name of the curve.
        x: `"epoch"` or `"step"`.
        scale: A factor of the metric.
        form: The color and line, as matplotlib's format strings name them.
        **style: The style of the line, as for `Axes.plot`.
    """
    histories = [result.history for result in results]
    if not all(key in record for history in histories for record in history):
        axis.plot([], [])  # so that the next one has its color of the other panels
        return
    places = np.array([record[x] for record in histories[0]])
    values = np.array([[record[key] for record in history] for history in histories])
    filled(axis, name, places, scale * values, form, **style)


def _lines(axis: Axes, values: Mapping[str, float | Sequence[float]]) -> None:
    """Draws horizontal lines with their names, the range over the seeds as a band."""
    for i, (name, seeds) in enumerate(values.items()):
        value = float(np.mean(seeds))
        axis.axhline(value, color="#999999", linestyle="--", linewidth=1)
        axis.axhspan(np.min(seeds), np.max(seeds), color="#999999", alpha=0.15, lw=0)
        place = (
            i / len(values) + 0.01,
            value,
        )  # side by side, so that none hides another
        at = ("axes fraction", "data")
        axis.annotate(name, place, xycoords=at, fontsize=7, va="bottom")


def diagram(
    axis: Axes, confidences: np.ndarray, hits: np.ndarray, bins: int = 10
) -> None:
    """Draws a reliability diagram: accuracy against confidence.

    Args:
        axis: The axes to draw in.
        confidences: The probability of the predicted class, `[n]`.
        hits: Whether that class is the label, `[n]`.
        bins: The number of bins, equally wide.
    """
    bin_of = np.clip(np.ceil(confidences * bins).astype(int) - 1, 0, bins - 1)
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
