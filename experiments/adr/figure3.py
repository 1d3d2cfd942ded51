"""ADR, Fig. 3 (and GSC, Fig. 2): the classifier's features, and calibration.

    python -m experiments.adr.figure3                # seven networks of Table 3
    python -m experiments.adr.figure3 --rows CE --rows LS
    python -m experiments.adr.figure3 --reduced      # 8 epochs
    python -m experiments.adr.figure3 --smoke --rows CE

The training images (above) and the test images (below) of AlexNet on CIFAR-10, by class, for each
loss, with the calibration error (ECE) on the test images. The two columns with the focal loss are
in GSC's figure only. The papers claim that ADR has the lowest ECE, and the largest distance between
classes. The page prints both, the distance as the mean distance to the mean feature of the own
class over the mean distance between these means: the smaller, the farther apart.

How ten classes become two dimensions is not in the paper. Two figures are drawn:

-   figure3_tsne.png: t-SNE of the ten logits, by scikit-learn, started from the first two principal
    components. Its distances between classes mean little.
-   figure3_plane.png: the features of three classes in the plane through their three rows of the
    classifier, as in Müller et al., When Does Label Smoothing Help?: exact, and the same each time.

Not in the paper: the number of bins of ECE, 15 here; the training, which is that of Table 3. t-SNE
shows 10,000 training images, drawn once, the plane all of them. The networks are those of Table 3,
so after that page nothing is trained.

In full 7 networks of 164 epochs: 20 minutes on a GPU, and a minute for each of 14 t-SNEs.
"""

from collections.abc import Mapping, Sequence
import pathlib
from typing import Any

import numpy as np
from sklearn.manifold import TSNE

from adrjax import train
from experiments.adr import table3
from experiments.harness import Context, Figure, Run, main, plots
from experiments.ie.figure2 import compactness

ROWS = {
    "CE": "AlexNet CE",
    "CE+GSC": "AlexNet CE+ADR, GSC form",
    "Focal": "AlexNet Focal, GSC only",
    "Focal+GSC": "AlexNet Focal+GSC, GSC only",
    "LS": "AlexNet LS",
    "LS+GSC": "AlexNet LS+ADR, GSC form",
    "CE+Entropy": "AlexNet CE+Entropy",
}
TSNE_IMAGES = 10_000
CLASSES = (0, 1, 2)  # airplane, automobile and bird, as Müller et al.
SPLITS = {"train": "training images", "test": "test images"}


def runs() -> Mapping[str, Run]:
    """Returns the networks of Table 3."""
    contents = {name: table3.ROWS[row] for name, row in ROWS.items()}
    return {name: Run(*content) for name, content in contents.items()}


def template_plane(features: np.ndarray, templates: np.ndarray) -> np.ndarray:
    """Template plane: projects features on the plane through three templates.

    A template is the weights of a class in the last layer. The first template is the
    origin and the second is on the positive first axis, so that distances between
    points of the plane are those of the features.

    Args:
        features: `[n, num_features]`.
        templates: `[3, num_features]`.

    Returns:
        The coordinates, `[n, 2]`.

    Example:
        >>> template_plane(np.eye(4), np.eye(4)[:3]).round(3).tolist()
        [[0.0, 0.0], [1.414, 0.0], [0.707, 1.225], [0.707, 0.408]]

    Reference:
        Müller et al., When Does Label Smoothing Help?, 2019, Sec. 2.
    """
    edges = (templates[1:] - templates[0]).T
    basis, upper = np.linalg.qr(edges)
    return (features - templates[0]) @ (basis * np.sign(np.diag(upper)))


def tsne(logits: np.ndarray) -> np.ndarray:
    """Returns t-SNE of logits in two dimensions, `[n, 2]`."""
    perplexity = min(30.0, (len(logits) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(logits)


def some(found: train.Predictions) -> train.Predictions:
    """Returns the predictions for at most 10,000 images, drawn with seed 0."""
    n = len(found.labels)
    if n <= TSNE_IMAGES:
        return found
    rows = np.sort(np.random.default_rng(0).choice(n, TSNE_IMAGES, replace=False))
    return train.Predictions(*(x[rows] for x in found))


def in_plane(
    found: train.Predictions, kernel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the coordinates and labels of the images of three classes.

    Args:
        found: The predictions.
        kernel: The weights of the last layer, `[num_features, num_classes]`.
    """
    rows = np.isin(found.labels, CLASSES)
    return template_plane(found.features[rows], kernel.T[list(CLASSES)]), found.labels[
        rows
    ]


def draw(context: Context) -> list[pathlib.Path]:
    """Draws both figures for the first seed, and prints what the papers claim."""
    points: dict[str, dict[str, Sequence[Any]]] = {"tsne": {}, "plane": {}}
    titles = {}
    for name in context.rows:
        result = context.of(name)[0]
        network = context.runner.network(result.run)
        splits = context.runner.splits(result.run)
        found = [network.predict(splits.split(split)) for split in SPLITS]
        kernel = np.asarray(network.variables["params"]["head"]["kernel"])
        points["tsne"][name] = [(tsne(x.logits), x.labels) for x in map(some, found)]
        points["plane"][name] = [in_plane(x, kernel) for x in found]
        error = result.last("test/ECE")
        titles[name] = f"ECE {error:.2f} %"
        ratios = [compactness(x.features, x.labels) for x in found]
        context.say(
            f"{name}: ECE {error:.2f} %; within / between classes {ratios[0]:.3f} "
            f"(training), {ratios[1]:.3f} (test)"
        )
    return [
        draw_features(context.directory / f"figure3_{kind}.png", of, titles)
        for kind, of in points.items()
    ]


def draw_features(
    path: pathlib.Path,
    points: Mapping[str, Sequence[tuple[np.ndarray, np.ndarray]]],
    titles: Mapping[str, str],
) -> pathlib.Path:
    """Draws the features of each network, and returns the path.

    Args:
        path: The PNG to write.
        points: The points and labels of training and test images, by network.
        titles: The text below each column.
    """
    with plots.panels(path, 2, len(points), side=2.4) as axes:
        for column, (name, of_splits) in zip(axes.T, points.items(), strict=True):
            for axis, (of_split, labels) in zip(column, of_splits, strict=True):
                plots.scatter(axis, of_split, labels)
                axis.set(xticks=[], yticks=[])
            column[0].set_title(name)
            column[1].set_xlabel(titles[name])
        for axis, name in zip(axes[:, 0], SPLITS.values(), strict=True):
            axis.set_ylabel(name)
        axes[0, 0].figure.suptitle("Claimed: a lower ECE with ADR, and distant classes")
    return path


PAGE = Figure(
    needs="CIFAR-10; a GPU",
    full="35 minutes, 15 after Table 3, on a GPU",
    reduced="an hour on 2 CPU cores, 15 minutes after Table 3 reduced",
    draw=draw,
    runs=runs,
)

if __name__ == "__main__":
    main(PAGE)
