"""IE, Fig. 2: features of MNIST in two dimensions.

    python -m experiments.ie.figure2                # 20,000 steps a network
    python -m experiments.ie.figure2 --reduced      # 2,000 steps of 64 images
    python -m experiments.ie.figure2 --smoke

The features of all training images (above) and test images (below) of a network with two features,
by class, with the centers that the center loss and IE learn as crosses. The paper shows rays for
the softmax, narrower rays for L-Softmax, tiny clusters for the center loss, and compact clusters
that are far from each other for IE. The page prints, for each, the ratio of the mean distance to
the center of the own class to the mean distance between centers of the test features, so that
"compact and far" is a number.

Not in the paper: the length and the rate, which are those of its Table 1's network for MNIST, and
IE's weight, 0.15; the settings of the other losses (experiments/ie/recipes.py).

2 minutes a network on a GPU; reduced, 15 minutes a network on 2 CPU cores.
"""

from collections.abc import Mapping
import pathlib

import numpy as np

from experiments.harness import Context, Figure, Run, main, plots
from experiments.ie.recipes import iemnist2d, methods

ROWS = ("Softmax", "L-Softmax", "Center", "IE")
LAM = 0.15


def runs() -> Mapping[str, Run]:
    """Returns the networks."""
    return {row: Run(iemnist2d(row), methods(2, LAM)[row]) for row in ROWS}


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the features of the first seed, and prints how compact they are."""
    path = context.directory / "figure2.png"
    with plots.panels(path, 2, len(context.rows), side=2.9) as axes:
        for column, row in zip(axes.T, context.rows, strict=True):
            result = context.of(row)[0]
            network = context.runner.network(result.run)
            splits = context.runner.splits(result.run)
            learned = network.variables["params"]["head"].get("centers")
            centers = None if learned is None else np.asarray(learned)
            trained, found = (
                network.predict(splits.split(x)) for x in ("train", "test")
            )
            for axis, of in zip(column, (trained, found), strict=True):
                plots.scatter(axis, of.features, of.labels, centers=centers)
            error = result.last("test/error")
            column[0].set_title(f"{row}, error {error:.2f} %")
            ratio = compactness(found.features, found.labels)
            context.say(f"{row}: within / between {ratio:.3f}, error {error:.2f} %")
        axes[0, 0].set_ylabel("training images")
        axes[1, 0].set_ylabel("test images")
    return [path]


def compactness(features: np.ndarray, labels: np.ndarray) -> float:
    """Returns the mean distance to the own class's mean over that between the means."""
    classes = np.unique(labels)
    means = np.stack([features[labels == c].mean(0) for c in classes])
    own = means[np.searchsorted(classes, labels)]
    within = np.linalg.norm(features - own, axis=1).mean()
    gaps = np.linalg.norm(means[:, None] - means[None], axis=-1)
    return float(within / gaps[~np.eye(len(classes), dtype=bool)].mean())


PAGE = Figure(
    needs="MNIST",
    full="8 minutes on a GPU",
    reduced="an hour on 2 CPU cores",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
