"""POD, Fig. 6: features of MNIST's first five classes in two dimensions.

    python -m experiments.pod.figure6                    # nine networks, 20 epochs
    python -m experiments.pod.figure6 --rows POD
    python -m experiments.pod.figure6 --smoke

The features of the test images after FC1 by class, with a black dot at the mean of each class, and
for fixed centroids a circle at each, of length 1, and a ray in its direction. The page prints the
claims of Section 4.2.4 as numbers:

-   the angles between the means of neighbouring classes, which are all 72 degrees if the classes
    are spread evenly. The paper finds them uneven for Softmax, Center, AM-Softmax and CM, more even
    for COT, and even for fixed centroids;
-   the share of images whose feature is shorter than a tenth of the mean norm, "the number of
    samples close to the origin". It is largest for Center, AM-Softmax, CM and PEDCC-Loss in the
    paper;
-   the ratio of the mean distance to the mean of the own class to the mean distance between means.
    For POD with alpha = 0 the classes are too wide in the paper;
-   the accuracy. "When alpha increases to 0.1, the feature distribution of the sample is confused
    and the classification performance is seriously reduced."

Five classes in two dimensions break the paper's condition k <= n + 1. The centroids are points that
repel each other, which are a regular pentagon. The letters of the paper's eight panels are not in
its text, which names these nine settings.

Not in the paper: the network, which is LeNet with FC1 to two features; the epochs; the rate of
0.01, because LeNet has no batch norm; gradients of at most norm 5, as in the reduced Table 4; and
the settings of the other losses (experiments/pod/recipes.py). An alpha of 0 has no delta in the
first epoch either.

A large margin can hold learned class vectors together, and in the plane they cannot pass each
other. In a trial of one epoch, CM with its scale of 64 predicted one of the five classes, and with
a scale of 8 two.

All of it takes 42 minutes on 2 CPU cores, and `--reduced` is the same.
"""

from collections.abc import Mapping
import dataclasses
import pathlib

import numpy as np
import optax

from adrjax import backbones, data, heads
from experiments.harness import (
    Classification,
    Context,
    Data,
    Epochs,
    Figure,
    Recipe,
    Run,
    main,
    plots,
)
from experiments.harness.metrics import TOP1
from experiments.ie.figure2 import compactness
from experiments.pod import recipes

CLASSES, DIM = 5, 2
ALPHAS = {
    "POD, alpha 0": {"alpha": 0.0, "initial_delta": 0.0},
    "POD, alpha 0.01": {"alpha": 0.01},
    "POD, alpha 0.1": {"alpha": 0.1},
}
LEARNED = ("Softmax", "Center", "AM-Softmax", "CM", "COT")
ROWS = (*LEARNED, "PEDCC-Loss", *ALPHAS)


def lenet_sgd(steps: int) -> optax.GradientTransformation:
    """SGD of the other pages at a tenth of the rate, with gradients of at most norm 5."""
    return optax.chain(optax.clip_by_global_norm(5.0), recipes.sgd(steps, rate=0.01))


def run(row: str) -> Run:
    """Returns a network."""
    name = "POD" if row in ALPHAS else row
    head, method = recipes.methods(CLASSES, DIM)[name]
    settings = {**method.settings, **ALPHAS.get(row, {})}
    recipe = Recipe(
        name="MNIST 0-4 lenet",
        data=Data(dataset=data.first_classes(data.mnist(), CLASSES)),
        model=heads.Classifier(backbones.LeNet(), head, neck=heads.Embedding(DIM)),
        batch_size=128,
        length=Epochs(20),
        optimizer=lenet_sgd,
        evaluations={"test": Classification({"top1": TOP1})},
    )
    recipe = dataclasses.replace(recipe, reduced=recipe)
    return Run(recipe, dataclasses.replace(method, settings=settings))


def runs() -> Mapping[str, Run]:
    """Returns the networks."""
    return {row: run(row) for row in ROWS}


def gaps(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns the angles between the means of neighbouring classes, in degrees."""
    means = np.stack([features[labels == c].mean(0) for c in np.unique(labels)])
    angles = np.sort(np.degrees(np.arctan2(means[:, 1], means[:, 0])))
    return np.diff(angles, append=angles[0] + 360)


def near_origin(features: np.ndarray) -> float:
    """Returns the share of features shorter than a tenth of the mean norm, in per cent."""
    norms = np.linalg.norm(features, axis=1)
    return 100 * float(np.mean(norms < norms.mean() / 10))


def draw(context: Context) -> list[pathlib.Path]:
    """Draws the test features of the first seed, and prints what the paper says of them."""
    path = context.directory / "figure6.png"
    columns = min(3, len(context.rows))
    rows = -(-len(context.rows) // columns)
    with plots.panels(path, rows, columns, side=3.4) as axes:
        for axis in axes.flat[len(context.rows) :]:
            axis.remove()
        for axis, row in zip(axes.flat, context.rows, strict=False):
            result = context.of(row)[0]
            images = context.runner.splits(result.run).split("test")
            found = context.runner.network(result.run).predict(images)
            features, labels = found.features, found.labels
            means = np.stack([features[labels == c].mean(0) for c in np.unique(labels)])
            plots.scatter(axis, features, labels)
            axis.plot(*means.T, "ko", markersize=4)
            if row not in LEARNED:
                length = np.quantile(np.linalg.norm(features, axis=1), 0.9)
                for point in recipes.points(CLASSES, DIM):
                    axis.plot(*np.outer(point, [0, length]), "k--", linewidth=0.7)
                    axis.plot(*point, "ko", fillstyle="none", markersize=5)
            top1, angles = result.last("test/top1"), gaps(features, labels)
            short, ratio = near_origin(features), compactness(features, labels)
            axis.set_title(
                f"{row}: {top1:.2f} %\n{angles.min():.0f}° to {angles.max():.0f}°, "
                f"{short:.1f} % near 0, within / between {ratio:.2f}",
                fontsize=9,
            )
            context.say(
                f"{row}: accuracy {top1:.2f} %, angles between neighbouring means "
                f"{angles.min():.1f} to {angles.max():.1f} degrees, {short:.2f} % of the "
                f"images near the origin, within / between {ratio:.3f}"
            )
    return [path]


PAGE = Figure(
    needs="MNIST",
    full="42 minutes on 2 CPU cores, 5 on a GPU",
    reduced="the same 42 minutes",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
