"""IE, Table 2: the test error on MNIST.

    python -m experiments.ie.table2                          # both networks, three seeds
    python -m experiments.ie.table2 --columns "[L]" --seeds 1
    python -m experiments.ie.table2 --reduced                # [L] as printed, [N] for 2,000 steps
    python -m experiments.ie.table2 --smoke

[L] is Caffe's LeNet, [N] the network of the paper's Table 1. IE is the reading of Algorithm 1,
with learned centers and variance and Q in the exponent, of which Eqs. (8) to (10) are the gradient.
The rows below it are Eq. (6), without Q, and Eq. (5), whose variance is that of the batch. A label's
other classes are all classes of the batch; alpha is 0.1. IE's weight is the best of the paper's
sweeps (Tables B), on the test images; the mean over a sweep is the number without a choice.

Not in the paper: the number of seeds; the settings of L-Softmax and of the center loss, the start
and the decay of centers and variance (experiments/ie/recipes.py). The augmentation of [N] is none.

In full: 20 seconds a network of [L] and 2 minutes one of [N] on a GPU; on 2 CPU cores a network of
[L] takes 6 minutes, and one of [N] 16 hours.
"""

import pathlib

from experiments.harness import Cell, Context, Quoted, Table, main, plots
from experiments.ie.recipes import NETWORKS, Network
from experiments.ie.tables_b import mean_error

TRAINED = ("Softmax", "L-Softmax", "Center", "IE", "IE, Eq. (6)", "IE, batch variance")
QUOTED = ("DropConnect", "CNN", "Maxout", "DSN", "R-CNN", "GenPool")
COLUMNS = {"[L]": NETWORKS["MNIST [L]"], "[N]": NETWORKS["MNIST [N]"]}
ERROR = "test/error"


def cell(row: str, network: Network) -> Cell | Quoted:
    if row in QUOTED:
        return Quoted(f"{row}, as the paper quotes it")
    return Cell(network.run(row), ERROR)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the error over the steps."""
    path = context.directory / "table2.png"
    return plots.of_columns(context, path, keys=[ERROR, "train_loss"], x="step")


PAGE = Table(
    needs="MNIST",
    full="half an hour on a GPU",
    reduced="40 minutes on 2 CPU cores, and 25 minutes for each row of [N]",
    rows=[*QUOTED, *TRAINED],
    columns=COLUMNS,
    cell=cell,
    paper="""
                            [L]   [N]
        DropConnect         0.57  0.57  quoted
        CNN                 0.53  0.53  quoted
        Maxout              0.45  0.45  quoted
        DSN                 0.39  0.39  quoted
        R-CNN               0.31  0.31  quoted
        GenPool             0.31  0.31  quoted
        Softmax             0.83  0.61
        L-Softmax           0.74  0.47
        Center              0.76  0.58
        IE                  0.49  0.31
        IE, Eq. (6)         0.49  0.31
        IE, batch variance  0.49  0.31
    """,
    draw=draw,
    reduced_columns=["[L]"],
    notes=[
        "The paper has one number for each quoted method, whatever its network.",
        "The paper does not say which of the three readings of IE it ran.",
        *map(mean_error, ("MNIST [L]", "MNIST [N]")),
    ],
)

if __name__ == "__main__":
    main(PAGE)
