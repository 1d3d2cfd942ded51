"""ADR, Fig. 7 (and GSC, Fig. 7): loss and accuracy during training, FER2013.

    python -m experiments.adr.figure7                # two networks of Table 7
    python -m experiments.adr.figure7 --smoke

Loss (a) and accuracy (b) over the epochs, on training images (dashed) and validation images (solid),
of CE and CE + GSC. Each network has its own loss in (a), which cannot be compared between the two,
so (c) has the cross entropy alone. The papers claim that CE's validation loss rises while its
accuracy rises, that GSC's falls until it is stable, and that GSC's training loss is above CE's
while its validation accuracy is higher. The page prints the numbers.

The training loss and accuracy are means over the epoch, with dropout, of augmented crops; those of
the validation images are of the mean of ten crops.

Not in the paper: gamma and tau of the figure, here those of the best number on the validation
images. The networks are those of Table 7, so after that page nothing is trained.

No reduced variant, as Table 7. In full 2 networks of 300 epochs: 3 hours on a GPU.
"""

from collections.abc import Mapping, Sequence
import pathlib

import numpy as np

from experiments.adr import table7
from experiments.harness import Context, Figure, Run, main, plots
from experiments.harness.result import Result

COLORS = {"CE": "#3b6fb6", "CE+GSC (0.015, 2)": "#3a9d6e"}
SPLITS = {"training": "--", "validation": "-"}
# The metric of the training and of the validation images, by panel, and its factor.
PANELS = {
    "(a) loss": ("train_loss", "validation/loss"),
    "(b) accuracy, %": ("train_accuracy", "validation/top1"),
    "(c) cross entropy": ("train_base", "validation/NLL"),
}


def runs() -> Mapping[str, Run]:
    """Returns the networks of Table 7."""
    return {row: table7.run(row) for row in COLORS}


def metric(key: str, results: Sequence[Result]) -> str:
    """Returns a metric, or the loss if that is the cross entropy itself."""
    is_alone = key == "train_base" and key not in results[0].history[-1]
    return "train_loss" if is_alone else key


def rise(values: np.ndarray) -> float:
    """Returns how far the last value is above the lowest."""
    return float(values[-1] - values.min())


def statement(result: Result) -> str:
    """Returns the numbers of the claims of a network."""
    losses, accuracies = (
        result.curve(key)[1] for key in ("validation/loss", "validation/top1")
    )
    lowest = int(losses.argmin())
    return (
        f"validation loss {losses[-1]:.3f}, {rise(losses):.3f} above its lowest after "
        f"epoch {lowest + 1}, since when the accuracy changed by "
        f"{accuracies[-1] - accuracies[lowest]:+.2f} to {accuracies[-1]:.2f} %; training "
        f"loss {result.last('train_loss'):.3f}"
    )


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the figure, and prints the numbers of the claims."""
    path = context.directory / "figure7.png"
    with plots.panels(path, 1, len(PANELS), side=3.2) as axes:
        for axis, (title, keys) in zip(axes[0], PANELS.items(), strict=True):
            for row in context.rows:
                results = context.of(row)
                for (split, line), key in zip(SPLITS.items(), keys, strict=True):
                    plots.curve(
                        axis,
                        results,
                        metric(key, results),
                        name=f"{row}, {split}",
                        scale=100.0 if key == "train_accuracy" else 1.0,
                        color=COLORS[row],
                        linestyle=line,
                    )
            axis.set(title=title, xlabel="epoch")
        axes[0, 0].legend(fontsize=7)
        axes[0, 0].figure.suptitle(
            "Claimed: CE's validation loss rises, with its accuracy; GSC's does not"
        )
    for row in context.rows:
        context.say(f"{row}: {statement(context.of(row)[0])}")
    return [path]


PAGE = Figure(
    needs="FER2013; a GPU",
    full="3 hours on a GPU, nothing after Table 7",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
