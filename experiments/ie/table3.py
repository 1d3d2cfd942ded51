"""IE, Table 3: the test error on CIFAR-10.

    python -m experiments.ie.table3                          # all networks, three seeds
    python -m experiments.ie.table3 --columns "[L] quick" --seeds 1
    python -m experiments.ie.table3 --reduced                # [L] quick as printed
    python -m experiments.ie.table3 --smoke

[L] is "the Cifar10 network built in Caffe library", of which there are two: "quick" is trained for
5,000 steps and "full" for 70,000. The paper's softmax lies between them, so both are columns. [N] is
the network of the paper's Table 1. [P] is WRN-28-10; its other rows are fine-tuned from the softmax
network of the same seed, which the paper does too. The rows below IE are its other readings, as in
Table 2. The last row is the grid of Table B.2: the paper chose IE's number among its networks, 51 of
[L] and 26 of [N], on the test images, and the mean over them is the number without a choice.

Not in the paper: the number of seeds, the batch of [N], IE's weight for [P], the "differences" from
WRN-28-10, the length and rate of the fine-tuning, and the constants of the contrast normalization
(experiments/ie/recipes.py). It has no number for L-Softmax with [L].

In full: 5 hours a seed on a GPU, of which 2 are the grid. A network of [L] quick takes 10 minutes on
2 CPU cores and one of [L] full 2 hours.
"""

import pathlib

from experiments.harness import Best, Cell, Context, Quoted, Table, main, plots
from experiments.ie import tables_b
from experiments.ie.recipes import NETWORKS

ERROR = "test/error"
QUOTED = ("Maxout", "DSN", "DropConnect", "All-CNN", "R-CNN", "GenPool")
TRAINED = ("Softmax", "L-Softmax", "Center", "IE", "IE, Eq. (6)", "IE, batch variance")
GRID = "IE, Table B.2"
GRIDS = {"[L] full": "CIFAR-10 [L]", "[N]": "CIFAR-10 [N]"}


def cell(row: str, column: str) -> Best | Cell | Quoted | None:
    if row in QUOTED:
        return Quoted(f"{row}, as the paper quotes it")
    if row == GRID:
        return Best(tables_b.grid(GRIDS[column], ERROR)) if column in GRIDS else None
    if row == "L-Softmax" and column.startswith("[L]"):
        return None
    return Cell(NETWORKS[f"CIFAR-10 {column}"].run(row), ERROR)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the error over the steps."""
    path = context.directory / "table3.png"
    return plots.of_columns(context, path, keys=[ERROR, "train_loss"], x="step")


PAGE = Table(
    needs="CIFAR-10, and a GPU for all but [L] quick",
    full="5 hours a seed on a GPU",
    reduced="an hour and a half on 2 CPU cores",
    rows=[*QUOTED, *TRAINED, GRID],
    columns=["[L] quick", "[L] full", "[N]", "[P]"],
    cell=cell,
    paper="""
                            [L] quick  [L] full  [N]    [P]
        Maxout              11.68      11.68     11.68  11.68  quoted
        DSN                 9.69       9.69      9.69   9.69   quoted
        DropConnect         9.41       9.41      9.41   9.41   quoted
        All-CNN             9.08       9.08      9.08   9.08   quoted
        R-CNN               8.69       8.69      8.69   8.69   quoted
        GenPool             7.62       7.62      7.62   7.62   quoted
        Softmax             21.88      21.88     11.56  6.59
        L-Softmax           -          -         9.59   6.46
        Center              19.40      19.40     10.25  6.17
        IE                  18.98      18.98     8.77   5.97
        IE, Eq. (6)         18.98      18.98     8.77   5.97
        IE, batch variance  18.98      18.98     8.77   5.97
        IE, Table B.2       -          18.98     8.77   -
    """,
    draw=draw,
    reduced_rows=["Softmax", "Center", "IE"],
    reduced_columns=["[L] quick"],
    reduced_seeds=3,
    notes=[
        "The paper has one number for each quoted method, whatever its network, and one "
        "for [L].",
        "The paper does not say which of the three readings of IE it ran.",
        *map(tables_b.mean_error, GRIDS.values()),
    ],
)

if __name__ == "__main__":
    main(PAGE)
