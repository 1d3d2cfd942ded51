"""GR, Table 2: CIFAR-10 and CIFAR-100 with clean labels.

    python -m experiments.gr.table2                          # nine networks, three seeds
    python -m experiments.gr.table2 --rows ResNet-20 --seeds 1
    python -m experiments.gr.table2 --reduced                # ResNet-8, 8 epochs, CIFAR-10
    python -m experiments.gr.table2 --smoke

Cross entropy (CCE), GR with the emphasis focus 0 (lambda 0) and beta 2, and GR with equal weights
of all examples (beta 0). The rows with a q are numbers of CCE in other papers, to which the text
compares. Figs. 4 and 5 show the networks of CIFAR-10.

Not in the paper: the number of seeds; 100,000 steps on CIFAR-10 with drops at 32,000 and 48,000,
as in Fig. 2, and 30,000 on CIFAR-100 with drops at 15,000 and 22,000, the authors' solver's.

In full: 3.5 hours on one GPU, 1.2 with one seed.
"""

import pathlib

from adrjax import losses
from experiments.gr.recipes import cifar10, cifar100, gr, with_reduced
from experiments.harness import (
    Cell,
    Context,
    Method,
    Quoted,
    Recipe,
    Run,
    Table,
    main,
    plots,
)

TEST = "test/top1"
METHODS = {
    "CCE": Method(losses.cross_entropy),
    "GR, lam 0": gr(beta=2.0, lam=0.0),
    "GR, beta 0": gr(beta=0.0, lam=0.0),
}
QUOTED = {
    "CIFAR-10, ResNet-20, He et al.": "He et al., Deep Residual Learning, 2016",
    "CIFAR-10, ResNet-56, He et al.": "He et al., Deep Residual Learning, 2016",
    "CIFAR-100, ResNet-44, D2L": "Ma et al., Dimensionality-Driven Learning, 2018",
}


def recipes() -> dict[str, Recipe]:
    """Returns the recipes by the name of their row."""
    return {
        "CIFAR-10, ResNet-20": cifar10(0.0, depth=20),
        "CIFAR-10, ResNet-56": cifar10(0.0, depth=56),
        "CIFAR-100, ResNet-44": with_reduced(cifar100(0.0, hold_out=0)),
    }


def cell(row: str, method: Method) -> Cell | Quoted | None:
    if row in QUOTED:
        return Quoted(QUOTED[row])
    return Cell(Run(recipes()[row], method), TEST)


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the accuracies over the steps."""
    groups = {
        row: {
            column: context.of(row, column)
            for column in context.columns
            if context.of(row, column)
        }
        for row in context.rows
    }
    groups = {row: curves for row, curves in groups.items() if curves}
    if not groups:
        return []
    path = context.directory / "table2.png"
    plots.curves(groups, path, keys=["train_accuracy", TEST], x="step")
    return [path]


PAGE = Table(
    needs="CIFAR-10 and CIFAR-100; 27 networks: a GPU",
    full="3.5 hours on one GPU",
    reduced="35 minutes on 2 CPU cores",
    rows=[
        "CIFAR-10, ResNet-20, He et al.",
        "CIFAR-10, ResNet-20",
        "CIFAR-10, ResNet-56, He et al.",
        "CIFAR-10, ResNet-56",
        "CIFAR-100, ResNet-44, D2L",
        "CIFAR-100, ResNet-44",
    ],
    columns=METHODS,
    cell=cell,
    paper="""
                                        CCE   GR, lam 0  GR, beta 0
        CIFAR-10, ResNet-20, He et al.  91.3  -          -           quoted
        CIFAR-10, ResNet-20             91.8  91.8       91.0
        CIFAR-10, ResNet-56, He et al.  93.0  -          -           quoted
        CIFAR-10, ResNet-56             92.4  92.5       91.9
        CIFAR-100, ResNet-44, D2L       68.2  -          -           quoted
        CIFAR-100, ResNet-44            68.1  68.4       66.4
    """,
    draw=draw,
    reduced_rows=["CIFAR-10, ResNet-20"],
    notes=[
        "The paper claims that GR competes with CCE on clean labels, best with the focus 0. In its "
        "numbers lambda 0 is 0 to 0.3 above CCE, and beta 0 is 0.5 to 1.7 below it.",
    ],
)

if __name__ == "__main__":
    main(PAGE)
