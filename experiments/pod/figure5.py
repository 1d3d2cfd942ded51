"""POD, Fig. 5: the loss by the weight lambda of the self-correlation.

    python -m experiments.pod.figure5                             # 72 networks, one seed
    python -m experiments.pod.figure5 --columns "CIFAR-10, Eq. (18)"
    python -m experiments.pod.figure5 --reduced                   # CIFAR-10, AlexNet, 4 epochs
    python -m experiments.pod.figure5 --smoke

The paper finds the loss stable for lg lambda from -2 to 3 and rising above, and chooses 0. The
right end of its figure is not in the text; here it is 6.

Two readings are trained. Eq. (18) is the sum of the squared products of different dimensions; the
authors' code divides it by n - 1, 255 for CIFAR-10, so its lambda is 2.4 decades further right for
the same loss. The loss rises where the weighted self-correlation is as large as NaC, which cannot
fall below 0.25 (or 0.086 with the root of squares of the code) because delta is about the mean norm
at the end. By size, this is at lg lambda 1 to 2 for Eq. (18) and at 3 to 4 for the code: the 3 of
the paper says which one was run. The page prints for each the lg lambda at which the loss is twice
its least value.

The figure has the total loss of the last epoch and its two parts, and below it the test accuracy,
which the paper does not show. At which step its loss is taken is not in the paper; here it is the
mean over the last epoch.

A loss that is not finite stops the page; leave its lambda out by `--rows`.

Reduced: AlexNet, 4 epochs, after which delta is small and NaC far above its floor. What remains to
be seen are the 2.4 decades between the readings. In full: 8 hours for each reading on a GPU.
"""

from collections.abc import Sequence
import dataclasses
import functools
import math
import pathlib
from typing import Any

import numpy as np

import adrjax
from adrjax import embeddings
from experiments.harness import Cell, Context, Epochs, Method, Run, Table, main, plots
from experiments.pod import recipes

ROWS = {f"lambda {10.0**power:g}": 10.0**power for power in range(-2, 7)}
READINGS = {"Eq. (18)": False, "code": True}  # whether it is divided by n - 1
COLUMNS = {
    f"{name}, {reading}": (name, READINGS[reading])
    for name in recipes.DATASETS
    for reading in READINGS
}
TEST = "test/top1"
PARTS = ("train_loss", "train_nac", "train_correlation")


def nac_and_correlation(
    *,
    num_classes: int,
    dim: int,
    alpha: float,
    lam: float,
    per_dimension: bool,
    axis_name: str,
) -> dict[str, Any]:
    """POD in two parts: NaC, and the weighted self-correlation."""
    points = recipes.points(num_classes, dim)
    correlation = functools.partial(
        embeddings.self_correlation,
        centroids=points,
        per_dimension=per_dimension,
        axis_name=axis_name,
    )
    return {
        "nac": embeddings.nac(points, alpha=alpha, axis_name=axis_name),
        "correlation": adrjax.weighted(correlation, lam),
    }


def cell(row: str, column: tuple[str, bool]) -> Cell:
    name, per_dimension = column
    pod = recipes.run("POD", name)
    recipe = pod.recipe
    if recipe.reduced is not None:
        reduced = dataclasses.replace(recipe.reduced, length=Epochs(4))
        recipe = dataclasses.replace(recipe, reduced=reduced)
    settings = {
        **pod.method.settings,
        "lam": ROWS[row],
        "per_dimension": per_dimension,
    }
    method = Method(nac_and_correlation, settings, on="features")
    return Cell(Run(recipe, method), "train_loss")


def knee(lams: Sequence[float], losses: Sequence[float]) -> float:
    """Returns lg lambda where the loss is twice its least value, from there on.

    It is linear between the given values; infinite if the loss is never as large.
    """
    logs, level = np.log10(lams), 2 * min(losses)
    below = [i for i, loss in enumerate(losses) if loss < level]
    last = below[-1]
    if last + 1 == len(losses):
        return math.inf
    return float(np.interp(level, losses[last : last + 2], logs[last : last + 2]))


def draw(context: Context) -> list[pathlib.Path]:
    """Draws losses and accuracies by lambda, one column of panels a data set."""
    names = [*dict.fromkeys(COLUMNS[column][0] for column in context.columns)]
    lams = [ROWS[row] for row in context.rows]
    path = context.directory / "figure5.png"
    with plots.panels(path, 2, len(names)) as axes:
        for (above, below), name in zip(axes.T, names, strict=True):
            columns = [x for x in context.columns if COLUMNS[x][0] == name]
            for column, color in zip(columns, ("#3b6fb6", "#e07b39"), strict=False):
                reading = column.removeprefix(f"{name}, ")
                of_parts = {
                    part: curve(context, column, part) for part in (*PARTS, TEST)
                }
                for part, style in zip(PARTS, ("-", ":", "--"), strict=True):
                    part_name = part.removeprefix("train_")
                    above.plot(
                        lams,
                        of_parts[part],
                        style,
                        color=color,
                        label=f"{reading}: {part_name}",
                    )
                below.plot(lams, of_parts[TEST], "-", color=color, label=reading)
                place = knee(lams, of_parts["train_loss"])
                context.say(f"{column}: twice the least loss at lg lambda {place:.2f}")
            above.axvline(1e3, color="#999999", linestyle=":", linewidth=1)
            above.set(title=name, xscale="log", yscale="log")
            least = curve(context, columns[0], "train_loss")
            above.set_ylim(bottom=min(least) / 100)
            below.set(xlabel="lambda", xscale="log")
        axes[0, 0].set_ylabel("training loss")
        axes[0, 0].legend(fontsize=7)
        axes[1, 0].set_ylabel("test accuracy (%)")
        axes[1, 0].legend(fontsize=8)
    return [path]


def curve(context: Context, column: str, metric: str) -> list[float]:
    """Returns a metric by lambda, its mean over the seeds."""
    return [
        float(np.mean([result.last(metric) for result in context.of(row, column)]))
        for row in context.rows
    ]


PAGE = Table(
    needs="CIFAR-10, CIFAR-100, Tiny ImageNet and FaceScrub; 72 networks: a GPU",
    full="16 hours on one GPU",
    reduced="55 minutes on 2 CPU cores",
    rows=[*ROWS],
    columns=COLUMNS,
    cell=cell,
    seeds=1,
    draw=draw,
    reduced_columns=[column for column in COLUMNS if column.startswith("CIFAR-10,")],
    notes=[
        "The paper prints no numbers: its loss is stable up to lg lambda = 3, the dotted "
        "line of the figure, and rises above."
    ],
)

if __name__ == "__main__":
    main(PAGE)
