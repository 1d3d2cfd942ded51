"""IE, Table 4: the test error on CIFAR-100.

    python -m experiments.ie.table4                          # both networks, three seeds
    python -m experiments.ie.table4 --columns "[N]" --seeds 1
    python -m experiments.ie.table4 --smoke

[N] is the network of the paper's Table 1. [P] is WRN-28-10; its other rows are fine-tuned from the
softmax network of the same seed, which the paper does too. The rows below IE are its other
readings, as in Table 2. The last row is the grid of Table B.3: the paper chose IE's number among its
15 networks on the test images, and the mean over them is the number without a choice.

Not in the paper: the number of seeds, the batch of [N], IE's weight for [P], the length and rate of
the fine-tuning (experiments/ie/recipes.py).

In full: 5 hours a seed on a GPU, of which 2 are the grid. There is no reduced variant: the networks
are too large for two CPU cores.
"""

import pathlib

from experiments.harness import Best, Cell, Context, Quoted, Table, main, plots
from experiments.ie import tables_b
from experiments.ie.recipes import NETWORKS

ERROR = "test/error"
QUOTED = ("Maxout", "DSN", "All-CNN", "R-CNN")
TRAINED = ("Softmax", "L-Softmax", "Center", "IE", "IE, Eq. (6)", "IE, batch variance")
GRID = "IE, Table B.3"


def cell(row: str, column: str) -> Best | Cell | Quoted | None:
    if row in QUOTED:
        return Quoted(f"{row}, as the paper quotes it")
    name = f"CIFAR-100 {column}"
    if row == GRID:
        return Best(tables_b.grid(name, ERROR)) if column == "[N]" else None
    return Cell(NETWORKS[name].run(row), ERROR)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the error over the steps."""
    path = context.directory / "table4.png"
    return plots.of_columns(context, path, keys=[ERROR, "train_loss"], x="step")


PAGE = Table(
    needs="CIFAR-100 and a GPU",
    full="5 hours a seed on a GPU",
    rows=[*QUOTED, *TRAINED, GRID],
    columns=["[N]", "[P]"],
    cell=cell,
    paper="""
                            [N]    [P]
        Maxout              38.57  38.57  quoted
        DSN                 34.57  34.57  quoted
        All-CNN             33.71  33.71  quoted
        R-CNN               31.75  31.75  quoted
        Softmax             33.31  27.06
        L-Softmax           30.79  26.21
        Center              29.39  26.15
        IE                  28.42  25.32
        IE, Eq. (6)         28.42  25.32
        IE, batch variance  28.42  25.32
        IE, Table B.3       28.42  -
    """,
    draw=draw,
    notes=[
        "The paper has one number for each quoted method, whatever its network.",
        "The paper does not say which of the three readings of IE it ran.",
        tables_b.mean_error("CIFAR-100 [N]"),
    ],
)

if __name__ == "__main__":
    main(PAGE)
