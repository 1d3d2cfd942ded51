"""POD, Fig. 4: the accuracy by epoch of six losses on CIFAR-100 and CIFAR-10.

    python -m experiments.pod.figure4                             # 36 networks of Table 4
    python -m experiments.pod.figure4 --columns CIFAR-10 --seeds 1
    python -m experiments.pod.figure4 --reduced                   # CIFAR-10, AlexNet, 8 epochs
    python -m experiments.pod.figure4 --smoke

NaC "has a faster and more stable convergence speed" than CM, COT and PEDCC-Loss (Section 4.2.2),
and POD "converges faster" than Softmax (4.2.4). The data set is not in the paper: CIFAR-100 here,
and CIFAR-10 beside it. The figure has the test accuracy by epoch, and dotted lines where the rate
drops. The page prints what "faster" and "more stable" can mean in numbers:

-   the epochs to 90, 95 and 99 % of the final accuracy;
-   the standard deviation of the accuracy over the last ten epochs before each drop of the rate,
    and before the end.

The first can only be compared among losses of one final accuracy, so the final accuracy is the
table. The paper's numbers are in its Table 4.

Table 4 has the networks, so after that page nothing is trained.

Reduced: the networks of Table 4, reduced. In full: seconds after Table 4, 9 hours without, on a
GPU.
"""

from collections.abc import Sequence
import pathlib

import numpy as np

from experiments.harness import Cell, Context, Table, main, plots
from experiments.harness.result import Result
from experiments.pod import recipes

TEST = "test/top1"
ROWS = ("Softmax", "CM", "COT", "PEDCC-Loss", "NaC", "POD")
SHARES = (90, 95, 99)  # of the final accuracy, in per cent
LAST = 10  # epochs of a plateau


def cell(row: str, name: str) -> Cell:
    return Cell(recipes.run(row, name), TEST)


def epochs_to(accuracies: np.ndarray, share: float) -> int:
    """Returns the first epoch, from 1, with a share of the final accuracy."""
    return int(np.argmax(accuracies >= share / 100 * accuracies[-1])) + 1


def unrest(accuracies: np.ndarray, ends: Sequence[float]) -> list[float]:
    """Returns the standard deviation over the last epochs of each plateau.

    Args:
        accuracies: The accuracy after each epoch.
        ends: The epochs at whose ends the plateaus end.
    """
    starts = [0.0, *ends[:-1]]
    return [
        float(np.std(accuracies[max(round(start), round(end) - LAST) : round(end)]))
        for start, end in zip(starts, ends, strict=True)
    ]


def drops(context: Context, epochs: int) -> list[float]:
    """Returns the epochs at whose ends the rate drops."""
    shares = recipes.REDUCED_DROPS if context.is_reduced else recipes.DROPS
    return [share * epochs / 100 for share in shares]


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the accuracy by epoch, and prints how fast and how stable it is."""
    groups = context.by_column()
    lengths = []
    for column, rows in groups.items():
        for row, results in rows.items():
            context.say(f"{column}, {row}: {words(context, results)}")
            lengths.append(len(results[0].history))
    path = context.directory / "figure4.png"
    plots.curves(groups, path, keys=[TEST], marks=drops(context, max(lengths)))
    return [path]


def words(context: Context, results: Sequence[Result]) -> str:
    """Returns the numbers of a network, as means over the seeds."""
    curves = [result.curve(TEST)[1] for result in results]
    ends = [*drops(context, len(curves[0])), len(curves[0])]
    to = np.mean([[epochs_to(c, share) for share in SHARES] for c in curves], axis=0)
    deviations = np.mean([unrest(curve, ends) for curve in curves], axis=0)
    return (
        f"epochs to {', '.join(map(str, SHARES))} % of the final accuracy "
        f"{', '.join(f'{x:.1f}' for x in to)}; deviation at the ends of the plateaus "
        f"{', '.join(f'{x:.2f}' for x in deviations)}"
    )


PAGE = Table(
    needs="CIFAR-10 and CIFAR-100; 36 networks of Table 4: a GPU",
    full="seconds after Table 4, 9 hours without, on one GPU",
    reduced="seconds after Table 4, 45 minutes without, on 2 CPU cores",
    rows=ROWS,
    columns=["CIFAR-100", "CIFAR-10"],
    cell=cell,
    paper="""
                    CIFAR-100  CIFAR-10
        Softmax     76.42      93.25
        CM          75.78      93.19
        COT         76.96      93.60
        PEDCC-Loss  77.04      93.65
        NaC         78.24      94.23
        POD         79.17      94.31
    """,
    draw=draw,
    reduced_columns=["CIFAR-10"],
    notes=["The final accuracy of the curves. The paper's numbers are in its Table 4."],
)

if __name__ == "__main__":
    main(PAGE)
