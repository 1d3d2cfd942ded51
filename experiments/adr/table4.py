"""ADR, Table 4 (and GSC, Table 2): CIFAR-10 with label noise, AlexNet.

    python -m experiments.adr.table4                              # every cell, three seeds
    python -m experiments.adr.table4 --columns "40 %" --seeds 1
    python -m experiments.adr.table4 --reduced                    # 20 and 40 %, 8 epochs
    python -m experiments.adr.table4 --smoke

GSC's table has four settings of gamma and tau. The line "CE+ADR" of ADR's table is the best of them
at each rate, chosen on the test images. The same choice is made here on 5,000 held-out training
images with noisy labels, so the networks have 10 % fewer training images than the paper's. As in
ADR's Table 3, these rows were trained with GSC's function and not with ADR's Eq. (4).

The noise is that of SL, which the paper follows: a share of each class gets a label that is uniform
over the other classes. Two of the settings are outside of the range 0.01 < gamma < 0.1 that both
papers recommend: gamma is 2.0, and 0.8.

Not in the paper: the training, which is that of Table 3; whether it prints the last or the best
epoch, so both are shown. The columns "best" choose the epoch on the test images.

Reduced: 8 epochs, 20 and 40 %, without gamma = 2.0 and 0.2.

In full 60 networks of 164 epochs: 2 hours on a GPU.
"""

import dataclasses
import functools
import pathlib
from typing import Literal

from adrjax import losses, noise
from experiments.adr.table3 import ALEXNET
from experiments.harness import (
    Best,
    Cell,
    Classification,
    Context,
    Epochs,
    Method,
    Recipe,
    Run,
    Table,
    main,
    plots,
)
from experiments.harness.metrics import CORRUPTED, INTACT, TOP1
from experiments.losses import ce_gsc

RATES = {"20 %": 0.2, "40 %": 0.4, "60 %": 0.6, "80 %": 0.8}
CE = Method(losses.cross_entropy)
GSC = {
    f"CE+GSC ({gamma}, {tau})": Method(ce_gsc, {"gamma": gamma, "top_c": tau})
    for gamma, tau in ((2.0, 5), (0.8, 3), (0.2, 2), (0.05, 2))
}
METHODS = {"CE": CE, **GSC}
BEST = "CE+ADR"
# The setting of the best number of each column.
BEST_OF = {
    "20 %": "CE+GSC (2.0, 5)",
    "40 %": "CE+GSC (0.8, 3)",
    "60 %": "CE+GSC (0.2, 2)",
    "80 %": "CE+GSC (0.05, 2)",
}
REDUCED_ROWS = ("CE", "CE+GSC (0.8, 3)", "CE+GSC (0.05, 2)")
REDUCED_RATES = ("20 %", "40 %")
TEST, HELD_OUT = "test/top1", "held-out/top1"
FITTED = "train/corrupted"  # the accuracy on training images by their noisy labels


def recipe(rate: float) -> Recipe:
    """Returns the recipe of a rate of noise."""
    flip = functools.partial(noise.symmetric, num_classes=10, rate=rate, balanced=True)
    return dataclasses.replace(
        ALEXNET,
        name=f"cifar10 {100 * rate:.0f} % wrong alexnet",
        data=dataclasses.replace(
            ALEXNET.data, noise=flip, hold_out=5000, noisy_hold_out=True
        ),
        evaluations={
            "test": Classification({"top1": TOP1}),
            "held-out": Classification({"top1": TOP1}, split="held-out"),
            "train": Classification(
                {"corrupted": CORRUPTED, "intact": INTACT}, split="train"
            ),
        },
        reduced=None,
    )


def run(row: str, column: str) -> Run:
    """Returns the network of a method at a rate of noise."""
    found = recipe(RATES[column])
    if row in REDUCED_ROWS and column in REDUCED_RATES:
        reduced = dataclasses.replace(found, length=Epochs(8))
        found = dataclasses.replace(found, reduced=reduced)
    return Run(found, METHODS[row])


def cell(row: str, place: tuple[str, Literal["last", "best"]]) -> Cell | Best:
    column, at = place
    if row == BEST:
        return Best([Cell(run(name, column), TEST, at) for name in GSC], by=HELD_OUT)
    return Cell(run(row, column), TEST, at)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the test accuracy, and the training accuracy by noisy labels, by rate."""
    groups = context.by_column([*RATES])
    if not groups:
        return []
    path = context.directory / "table4.png"
    plots.curves(groups, path, keys=[TEST, FITTED], x="step")
    return [path]


PAGE = Table(
    needs="CIFAR-10; a GPU",
    full="2 hours on a GPU",
    reduced="50 minutes on 2 CPU cores",
    rows=[*METHODS, BEST],
    columns={
        **{column: (column, "last") for column in RATES},
        **{f"best {column}": (column, "best") for column in RATES},
    },
    cell=cell,
    paper="""
                          20 %   40 %   60 %   80 %
        CE                72.51  68.95  63.45  43.38
        CE+GSC (2.0, 5)   74.89  70.22  62.17  42.17
        CE+GSC (0.8, 3)   74.81  70.53  62.32  39.31
        CE+GSC (0.2, 2)   74.24  70.49  63.65  42.53
        CE+GSC (0.05, 2)  74.02  69.82  63.38  43.83
        CE+ADR            74.89  70.53  63.65  43.83
    """,
    draw=draw,
    reduced_rows=[*REDUCED_ROWS, BEST],
    reduced_columns=[*REDUCED_RATES, *(f"best {column}" for column in REDUCED_RATES)],
    notes=[
        "At 80 % three of the paper's four settings are below CE. ADR calls its gains at 60 "
        "and 80 %, 0.20 and 0.45, possibly random.",
    ],
)

if __name__ == "__main__":
    main(PAGE)
