"""POD, Table 1: the accuracy of images with short and with long features.

    python -m experiments.pod.table1                              # every cell, three seeds
    python -m experiments.pod.table1 --columns CIFAR-10 --seeds 1
    python -m experiments.pod.table1 --reduced                    # CIFAR-10, AlexNet, 8 epochs
    python -m experiments.pod.table1 --smoke

Table 4 has the networks, Cosine and NaC, so after that page nothing is trained. A test image has a
short feature if its norm is below the mean norm of all test images ("the average value of all
samples": that these are the test images is not in the paper).

The paper has the Cosine loss only. NaC is beside it because the table is its reason: "make the
samples with lower norm close to the mean". If that is what it does, the short features gain more
than the long ones, and the norms spread less.

The paper does not say how many features are short. Its two accuracies and the accuracy of Cosine in
Table 4 imply that 67, 56, 52 and 78 % are long. The figure has the accuracy by decile of the norm,
over the histogram of the norms.

Reduced: the networks of Table 4, reduced. In full: minutes after Table 4, 6 hours without, on a
GPU.
"""

from collections.abc import Sequence
import pathlib

from matplotlib.axes import Axes
import numpy as np

from adrjax import metrics, train
from experiments.harness import Cell, Context, Features, Metric, Table, main, plots
from experiments.harness.metrics import feature_norms, hits
from experiments.harness.result import Result
from experiments.pod import recipes

ROWS = ("Cosine", "NaC")
NUMBERS = {
    "low": Metric(hits, unit="%"),
    "high": Metric(hits, unit="%"),
    "share above": Metric(hits, digits=1, unit="%", better=None),
    "spread": Metric(feature_norms, digits=3, better=None),
}
COLUMNS = {
    f"{name}, {number}": (name, number)
    for name in recipes.DATASETS
    for number in NUMBERS
}


def by_norm(test: train.Predictions) -> dict[str, float]:
    """Returns the accuracies of short and long features, and how the norms spread."""
    norms = np.linalg.norm(test.features, axis=1)
    low, high = metrics.norm_split_accuracy(test.logits, test.labels, test.features)
    return {
        "low": 100 * float(low),
        "high": 100 * float(high),
        "share above": 100 * float(np.mean(norms >= norms.mean())),
        "spread": float(norms.std() / norms.mean()),
    }


def share_above(low: float, high: float, top1: float) -> float:
    """Returns the share of long features that three accuracies imply, in per cent."""
    return 100 * (top1 - low) / (high - low)


def cell(row: str, column: tuple[str, str]) -> Cell:
    name, number = column
    crop = recipes.DATASETS[name].crops[1]
    measure = Features(by_norm, NUMBERS, splits=("test",), crop=crop)
    run = recipes.measured(recipes.run(row, name), {"table1": measure})
    return Cell(run, f"table1/{number}")


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the accuracy by decile of the norm, one panel a data set."""
    names = [*dict.fromkeys(COLUMNS[column][0] for column in context.columns)]
    path = context.directory / "table1.png"
    with plots.panels(path, 1, len(names)) as axes:
        for axis, name in zip(axes[0], names, strict=True):
            behind = axis.twinx()
            behind.set(yticks=[], zorder=0)
            behind.grid(visible=False)
            axis.set(title=name, xlabel="norm of the feature over the mean norm")
            axis.set(zorder=1)
            axis.patch.set_visible(False)
            columns = [x for x in context.columns if COLUMNS[x][0] == name]
            for row in context.rows:
                draw_row(axis, behind, row, context.of(row, columns[0]), context)
            axis.axvline(1, color="#999999", linestyle="--", linewidth=1)
        axes[0, 0].set_ylabel("test accuracy by decile (%)")
        axes[0, 0].legend(fontsize=8)
    return [path]


def draw_row(
    axis: Axes, behind: Axes, row: str, results: Sequence[Result], context: Context
) -> None:
    """Draws the accuracy by decile of a row, and the histogram of its norms."""
    norms, right = [], []
    for result in results:
        crop = recipes.DATASETS[result.run.recipe.name.rpartition(" ")[0]].crops[1]
        images = context.runner.splits(result.run).split("test", crop)
        found = context.runner.network(result.run).predict(images)
        lengths = np.linalg.norm(found.features, axis=1)
        norms.append(lengths / lengths.mean())
        right.append(found.classes == found.labels)
    middles, accuracies = deciles(np.concatenate(norms), np.concatenate(right))
    (line,) = axis.plot(middles, accuracies, marker="o", markersize=3, label=row)
    behind.hist(
        np.concatenate(norms), bins=60, density=True, color=line.get_color(), alpha=0.15
    )


def deciles(norms: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean norm of each tenth of the images, and its accuracy in per cent."""
    parts = np.array_split(np.argsort(norms), 10)
    means = [(norms[part].mean(), 100 * right[part].mean()) for part in parts]
    return np.array(means).T[0], np.array(means).T[1]


PAGE = Table(
    needs="CIFAR-10, CIFAR-100, Tiny ImageNet and FaceScrub; 24 networks of Table 4: a GPU",
    full="minutes after Table 4, 6 hours without, on one GPU",
    reduced="a minute after Table 4, 12 minutes without, on 2 CPU cores",
    rows=ROWS,
    columns=COLUMNS,
    cell=cell,
    paper="""
                CIFAR-10, low  CIFAR-10, high  CIFAR-100, low  CIFAR-100, high  Tiny ImageNet, low  Tiny ImageNet, high  FaceScrub, low  FaceScrub, high
        Cosine  88.77          96.32           71.83           82.23            54.65               69.99                87.49           94.61
    """,
    draw=draw,
    reduced_columns=[column for column in COLUMNS if column.startswith("CIFAR-10,")],
    notes=[
        "Low and high: the accuracy of features shorter and longer than the mean norm. "
        "Spread: the standard deviation of the norms over their mean. Above the mean are, "
        "by the paper's accuracies in Tables 1 and 4, 67, 56, 52 and 78 % of the images."
    ],
)

if __name__ == "__main__":
    main(PAGE)
