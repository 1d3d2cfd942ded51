"""ADR, Fig. 6 (and GSC, Fig. 6): training and test accuracy with label noise.

    python -m experiments.adr.figure6                 # one seed of eight networks of Table 4
    python -m experiments.adr.figure6 --rows "40 %"
    python -m experiments.adr.figure6 --reduced       # 20 and 40 %, 8 epochs
    python -m experiments.adr.figure6 --smoke

The accuracy on the training images by their noisy labels (dashed), and on the test images (solid),
over the steps. A network that predicts the true label of every training image has a training
accuracy of the share of clean labels, the dotted line. The papers claim that with CE the curves
cross at 20 and 40 %, where its training accuracy exceeds 80 and 60 %, and that with ADR the training
accuracy does not exceed the share of clean labels. The page prints for each network whether the
curves cross, and whether the share is exceeded.

The networks are those of Table 4, so after that page nothing is trained.

Not in the paper: gamma and tau of the curves, here those of the best number of each column of
Table 4; whether the training accuracy is that of augmented images, here it is not.

Reduced: gamma = 0.8, tau = 3 at 20 and 40 %, as in Table 4 reduced.

In full 8 networks of 164 epochs: 16 minutes on a GPU.
"""

from collections.abc import Mapping, Sequence
import pathlib

import numpy as np

from experiments.adr import table4
from experiments.adr.table4 import FITTED, RATES, TEST
from experiments.harness import Context, Figure, Run, main, plots
from experiments.harness.result import Result, mean

COLORS = {"CE": "#3b6fb6", "GSC": "#3a9d6e"}


def runs() -> Mapping[str, Run]:
    """Returns CE and the best setting of GSC at each rate of noise."""
    return {
        f"{name}, {column}": table4.run(row, column)
        for column, best in table4.BEST_OF.items()
        for name, row in (("CE", "CE"), ("GSC", best))
    }


def reduced_runs() -> Mapping[str, Run]:
    """Returns those that are reduced in Table 4, with one setting of GSC."""
    return {
        f"{name}, {column}": table4.run(row, column)
        for column in table4.REDUCED_RATES
        for name, row in zip(("CE", "GSC"), table4.REDUCED_ROWS, strict=False)
    }


def crossing(fitted: np.ndarray, test: np.ndarray) -> bool:
    """Returns whether the training accuracy overtakes the test accuracy."""
    return bool(fitted[-1] > test[-1] and (fitted <= test).any())


def statement(results: Sequence[Result], clean: float) -> str:
    """Returns the last accuracies, and whether the papers' claims hold.

    Args:
        results: The results of each seed.
        clean: The share of clean labels, in per cent.
    """
    fitted = mean([result.last(FITTED) for result in results])
    test = mean([result.last(TEST) for result in results])
    crosses = [crossing(x.curve(FITTED)[1], x.curve(TEST)[1]) for x in results]
    exceeds = "exceeds" if fitted > clean else "does not exceed"
    return (
        f"training {fitted:.1f} %, test {test:.1f} %: the training accuracy {exceeds} the "
        f"{clean:.0f} % of clean labels; the curves cross in {sum(crosses)} of "
        f"{len(crosses)} runs"
    )


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure, and prints the last accuracies."""
    path = context.directory / "figure6.png"
    columns = [x for x in RATES if any(row.endswith(f", {x}") for row in context.rows)]
    with plots.panels(path, 1, len(columns), side=3.4) as axes:
        for axis, column in zip(axes[0], columns, strict=True):
            clean = 100 * (1 - RATES[column])
            for name, color in COLORS.items():
                if not (results := context.of(f"{name}, {column}")):
                    continue
                settings = results[0].run.method.settings.values()
                words = (
                    f"{name} ({', '.join(map(str, settings))})" if settings else name
                )
                for key, line in ((FITTED, "--"), (TEST, "-")):
                    split = key.partition("/")[0]
                    plots.curve(
                        axis,
                        results,
                        key,
                        name=f"{words}, {split}",
                        x="step",
                        color=color,
                        linestyle=line,
                    )
                context.say(f"{column}, {words}: {statement(results, clean)}")
            axis.axhline(clean, color="#666666", linestyle=":", linewidth=1.2)
            axis.set(title=f"{column} wrong labels", xlabel="step")
            axis.legend(fontsize=7)
        axes[0, 0].set_ylabel("accuracy, %")
        axes[0, 0].figure.suptitle(
            "Claimed: CE exceeds the share of clean labels (dotted), ADR does not"
        )
    return [path]


PAGE = Figure(
    needs="CIFAR-10; a GPU",
    full="16 minutes on a GPU, nothing after Table 4",
    reduced="30 minutes on 2 CPU cores, nothing after Table 4 reduced",
    draw=draw,
    runs=runs,
    reduced_runs=reduced_runs,
)

if __name__ == "__main__":
    main(PAGE)
