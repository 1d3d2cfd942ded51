"""POD, Table 5: the variance of the features before FC1, NaC against POD.

    python -m experiments.pod.table5                              # every cell, three seeds
    python -m experiments.pod.table5 --seeds 1
    python -m experiments.pod.table5 --reduced                    # CIFAR-10, AlexNet, 8 epochs
    python -m experiments.pod.table5 --smoke

The paper prints "the variance of the 2048 dimensions feature eigen-vectors (normalized) before the
fully connected layer", 1.82e-8 for NaC and 1.53e-8 for POD, and concludes that the self-correlation
"can balance the energy of the features". The formula, the data set and the split are not in the
paper; the data set is CIFAR-10 here.

The formula here is the variance over the dimensions j of their energy,

    e_j = mean over the images of (x_j / |x|)^2,

which sums to 1. It is the only reading found whose size fits: the mean of 2048 energies is 4.88e-4,
and the paper's numbers are reached if they spread by 27.6 % and 25.3 % of it. The variance of the
eigenvalues of the second moments of x / |x| is beside it. It is at least lambda^2 / 2048 for the
largest eigenvalue lambda, so about 4e-5: a thousand times as large.

Table 4 has the networks, NaC and POD, so after that page nothing is trained. The spread does not
depend on the number of features, so it is what to compare of the reduced networks, whose AlexNet
has 256.

Reduced: the networks of Table 4, reduced. In full: minutes after Table 4, 3 hours without, on a
GPU.
"""

import pathlib

import numpy as np

from adrjax import train
from experiments.harness import Cell, Context, Features, Metric, Table, main, plots
from experiments.harness.metrics import feature_norms
from experiments.pod import recipes

ROWS = ("NaC", "POD")
NUMBERS = {
    "variance": Metric(feature_norms, better="lower"),
    "variance, training": Metric(feature_norms, better="lower"),
    "spread": Metric(feature_norms, digits=1, unit="%", better="lower"),
    "spread, training": Metric(feature_norms, digits=1, unit="%", better="lower"),
    "eigenvalues": Metric(feature_norms, better="lower"),
}


def energies(features: np.ndarray) -> np.ndarray:
    """Returns the mean square of each dimension of the unit features; their sum is 1."""
    return (unit(features) ** 2).mean(axis=0, dtype=np.float64)


def unit(features: np.ndarray) -> np.ndarray:
    """Returns the features divided by their norms."""
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def balance(trained: train.Predictions, test: train.Predictions) -> dict[str, float]:
    """Returns how the energy of training and test features is spread over dimensions."""
    in_training, found = energies(trained.features), energies(test.features)
    directions = unit(test.features).astype(np.float64)
    moments = directions.T @ directions / len(directions)
    return {
        "variance": float(found.var()),
        "variance, training": float(in_training.var()),
        "spread": 100 * float(found.std() / found.mean()),
        "spread, training": 100 * float(in_training.std() / in_training.mean()),
        "eigenvalues": float(np.linalg.eigvalsh(moments).var()),
    }


def cell(row: str, number: str) -> Cell:
    measure = Features(balance, NUMBERS, pooled=True)
    run = recipes.measured(recipes.run(row, "CIFAR-10"), {"table5": measure})
    return Cell(run, f"table5/{number}")


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the energies in descending order, the mean as 1."""
    path = context.directory / "table5.png"
    with plots.panels(path, 1, 1, side=3.6) as axes:
        for row in context.rows:
            sorted_ones = []
            for result in context.of(row):
                images = context.runner.splits(result.run).split("test")
                network = context.runner.network(result.run)
                found = energies(network.predict(images, pooled=True).features)
                sorted_ones.append(np.sort(found)[::-1] * len(found))
            places = np.arange(1, len(sorted_ones[0]) + 1)
            plots.filled(axes[0, 0], row, places, np.array(sorted_ones))
        axes[0, 0].axhline(1, color="#999999", linestyle="--", linewidth=1)
        axes[0, 0].set(
            xlabel="dimension before FC1, by energy",
            ylabel="energy over the mean energy",
            title="Test images of CIFAR-10",
        )
        axes[0, 0].legend()
    return [path]


PAGE = Table(
    needs="CIFAR-10; the 6 networks of NaC and POD in Table 4: a GPU",
    full="minutes after Table 4, 3 hours without, on one GPU",
    reduced="a minute after Table 4, 12 minutes without, on 2 CPU cores",
    rows=ROWS,
    columns=[*NUMBERS],
    cell=cell,
    paper="""
             variance
        NaC  1.82e-8
        POD  1.53e-8
    """,
    draw=draw,
    notes=[
        "Of the energies of the dimensions before FC1: their variance, and their standard "
        "deviation over their mean, which is 27.6 % and 25.3 % for the paper's variances "
        "if they are of 2048 energies. Another reading: the variance of the "
        "eigenvalues of the second moments."
    ],
)

if __name__ == "__main__":
    main(PAGE)
