"""GR, Figs. 4 and 5: the accuracies on clean CIFAR-10 by beta, at lambda 0.

    python -m experiments.gr.figure4_5                     # 12 networks, one seed
    python -m experiments.gr.figure4_5 --rows ResNet-20    # Fig. 4
    python -m experiments.gr.figure4_5 --reduced --rows ResNet-20
    python -m experiments.gr.figure4_5 --smoke

The accuracy on the training labels above and on the test images below, of ResNet-20 (Fig. 4) and of
ResNet-56 (Fig. 5). CCE and beta 0 and 2 are the networks of Table 2.

The paper claims that the result "is insensitive to a wide range of emphasis spreads" if the
labels are clean. Below stands the range of the final accuracies over the positive betas.

Not in the paper: the betas, which are those that it tries at lambda 0 on noisy labels (0.5, 1, 2
and 4), with CCE and beta 0.

In full: 1.4 hours on one GPU, an hour after Table 2. Reduced, ResNet-8 stands for both networks.
"""

from collections.abc import Mapping
import pathlib

from experiments.gr.recipes import gr
from experiments.gr.table2 import METHODS, TEST, recipes
from experiments.harness import Context, Figure, Run, main, plots

BETAS = (0.5, 1.0, 2.0, 4.0)
FIGURES = {"ResNet-20": "figure4.png", "ResNet-56": "figure5.png"}
BY_BETA = {f"beta {beta:g}": gr(beta=beta, lam=0.0) for beta in BETAS}
CURVES = {"CCE": METHODS["CCE"], "beta 0": METHODS["GR, beta 0"]} | BY_BETA


def runs() -> Mapping[str, Run]:
    """Returns the networks by name."""
    found = recipes()
    return {
        f"{network}, {name}": Run(found[f"CIFAR-10, {network}"], method)
        for network in FIGURES
        for name, method in CURVES.items()
    }


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the two figures, and prints the range of the accuracies over beta."""
    paths = []
    for network, file in FIGURES.items():
        curves = {name: context.of(f"{network}, {name}") for name in CURVES}
        curves = {name: results for name, results in curves.items() if results}
        if not curves:
            continue
        path = context.directory / file
        plots.curves({network: curves}, path, keys=["train_accuracy", TEST], x="step")
        paths.append(path)
        finals = [
            result.last(TEST) for name in BY_BETA for result in curves.get(name, ())
        ]
        if finals:
            context.say(
                f"{network}: {min(finals):.1f} to {max(finals):.1f} % over "
                f"{len(finals)} betas"
            )
    return paths


PAGE = Figure(
    needs="CIFAR-10; 12 networks, 6 of them of Table 2: a GPU",
    full="1.4 hours on one GPU",
    reduced="70 minutes on 2 CPU cores",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
