"""GR, Figs. 2 and 6: the accuracies during training on CIFAR-10, ResNet-56.

    python -m experiments.gr.figure2                   # all models of Table 3
    python -m experiments.gr.figure2 --rows "80 %"     # Fig. 6
    python -m experiments.gr.figure2 --reduced --rows "40 %"
    python -m experiments.gr.figure2 --smoke

The accuracy on the training labels above and on the test images below, at 20, 40 and 60 % noise
(Fig. 2) and at 80 % (Fig. 6). The names are those of the paper: the method, and its emphasis
focus. The networks are those of Table 3, so after that page nothing is trained.

The paper claims that a higher noise rate needs a higher emphasis focus, and that models generalize
badly both if they overfit, as CCE does, and if they underfit, as GR without a focus does.

Not in the paper: whether the training accuracy is that of augmented batches. Here it is, of the
steps since the last record. At 40 % the curve of "GR: 0.5~1" does not collapse: it starts slowly,
at 0.2 after 30,000 steps, and still rises at 0.5 after 100,000.

As long as Table 3 without its extra rows: 4 hours on one GPU; reduced, 12 minutes a network.
"""

from collections.abc import Mapping
import pathlib

from experiments.gr.table3 import FOCUS, RATES, dynamics, rows
from experiments.harness import Context, Figure, Run, main

FIGURES = {"figure2.png": ["20 %", "40 %", "60 %"], "figure6.png": ["80 %"]}


def runs() -> Mapping[str, Run]:
    """Returns the networks of Table 3, by their rows."""
    found = rows()
    names = [f"{rate}, {model}" for rate in RATES for model in FOCUS]
    return {name: Run(*found[name]) for name in names}


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the two figures."""
    paths = {context.directory / file: rates for file, rates in FIGURES.items()}
    return [path for path, rates in paths.items() if dynamics(context, rates, path)]


PAGE = Figure(
    needs="CIFAR-10; 24 networks of Table 3: a GPU",
    full="4 hours on one GPU, nothing after Table 3",
    reduced="5 hours on 2 CPU cores",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
