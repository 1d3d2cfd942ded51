"""IE, Fig. 3: accuracy over the training on CIFAR-10 and CIFAR-100.

    python -m experiments.ie.figure3                # the networks [N] of Tables 3 and 4
    python -m experiments.ie.figure3 --rows CIFAR-10/Softmax --rows CIFAR-10/IE
    python -m experiments.ie.figure3 --smoke

The accuracy on the test images (solid) and on the training images (dashed) over the steps, with the
paper's own networks, (a) on CIFAR-10 and (b) on CIFAR-100. The paper claims that IE converges as
fast as the other losses, that it mitigates "the serious overfitting of softmax loss", the largest
gap between the two curves, and "the difficult convergence of L-Softmax loss". The page prints the
gap of each network after the last step, and the step at which it first has 90 % of its last test
accuracy.

Not in the paper: what the training accuracy is measured on; here on the augmented batches, with
batch statistics, between two records.

Minutes after Tables 3 and 4, else an hour on a GPU. There is no reduced variant: the networks are
too large for two CPU cores.
"""

from collections.abc import Mapping
import pathlib

import numpy as np

from experiments.harness import Context, Figure, Run, main, plots
from experiments.harness.result import Result
from experiments.ie import table3, table4

METHODS = ("Softmax", "L-Softmax", "Center", "IE")
PANELS = {"CIFAR-10": table3, "CIFAR-100": table4}
TEST, TRAINED = "test/accuracy", "train_accuracy"


def runs() -> Mapping[str, Run]:
    """Returns the networks [N] of both tables, by data set and method."""
    return {
        f"{name}/{method}": page.cell(method, "[N]").run
        for name, page in PANELS.items()
        for method in METHODS
    }


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the curves of the first seed, and prints gaps and speeds."""
    names = [x for x in PANELS if any(row.startswith(f"{x}/") for row in context.rows)]
    path = context.directory / "figure3.png"
    with plots.panels(path, 1, len(names), side=4) as axes:
        for axis, name in zip(axes[0], names, strict=True):
            for i, method in enumerate(METHODS):
                found = context.of(f"{name}/{method}")
                if not found:
                    continue
                steps, test = found[0].curve(TEST)
                trained = 100 * found[0].curve(TRAINED)[1]
                axis.plot(steps, test, f"C{i}-", label=method)
                axis.plot(steps, trained, f"C{i}--", linewidth=1)
                context.say(f"{name}, {method}: {convergence(found[0])}")
            axis.set(title=f"{name}, [N]", xlabel="step")
            axis.legend(fontsize=8, title="test; dashed: training")
        axes[0, 0].set_ylabel("accuracy, %")
    return [path]


def convergence(result: Result) -> str:
    """Returns the gap between both accuracies, and how fast the test accuracy rises."""
    steps, test = result.curve(TEST)
    gap = 100 * result.last(TRAINED) - test[-1]
    return (
        f"training minus test {gap:.2f} points, 90 % of the last test accuracy at step "
        f"{first_step(steps, test)}"
    )


def first_step(steps: np.ndarray, accuracies: np.ndarray, share: float = 0.9) -> int:
    """Returns the first recorded step with a share of the last accuracy."""
    return int(steps[np.argmax(accuracies >= share * accuracies[-1])])


PAGE = Figure(
    needs="CIFAR-10, CIFAR-100 and a GPU",
    full="an hour on a GPU",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
