"""Evaluate a trained network: metrics, mistakes, features, and files to publish.

    python -m experiments.evaluate RUN                                # the last checkpoint
    python -m experiments.evaluate RUN --checkpoint best --split train
    python -m experiments.evaluate RUN --dataset cifar10_n --out DIR  # another data set
    python -m experiments.evaluate RUN --features --export --card

RUN is the directory of one seed of a run, such as runs/networks/digits/cross-entropy-e5a4d3c9/seed0;
table.json of a page has those of each cell. All evaluations of its recipe are made again. The files
are written to RUN/evaluation: metrics.json, and of a recipe that classifies images per_class.csv,
reliability.png, confusion.png, and worst.png with the most confident mistakes. --features adds
features.npz; --export adds weights.safetensors and model.jaxexport, a program for jax that does not
need this project; --card adds a model card, README.md.
"""

from collections.abc import Mapping, Sequence
import dataclasses
import json
import pathlib
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from rich.console import Console
from rich.table import Table as Grid
import tyro

from adrjax import data, train
from experiments import card, export, mistakes
from experiments.command import command_line
from experiments.harness import Classification, Metric, Verification, plots
from experiments.harness.metrics import CLASSIFIED, CONFIDENCE, FEATURE_NORM, NLL
from experiments.harness.report import text_of
from experiments.harness.runner import Settings
from experiments.trained import Trained, load

OF_EVERY_CLASSIFIER: Mapping[str, Metric] = {
    **CLASSIFIED,
    "confidence": CONFIDENCE,
    "NLL": NLL,
    "feature_norm": FEATURE_NORM,
}


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line.

    Attributes:
        run: The directory of a run.
        checkpoint: The last, the best by the recipe's metric, or that of a step.
        split: Only this split, as the recipe classifies: "train" with the labels trained
            with, "held-out", or any split in the syntax of tfds.
        dataset: Only this data set of adrjax.data, with the same classes.
        data_dir: The directory of the prepared data sets.
        batch_size: Images at once; those of a training step by default.
        out: The directory to write to; RUN/evaluation by default.
        features: Write the features of every image.
        export: Write the network as a program for jax and as weights.
        card: Write a model card.
    """

    run: tyro.conf.Positional[pathlib.Path]
    checkpoint: Literal["last", "best"] | int = "last"
    split: str | None = None
    dataset: str | None = None
    data_dir: pathlib.Path | None = None
    batch_size: int | None = None
    out: pathlib.Path | None = None
    features: bool = False
    export: bool = False
    card: bool = False


class Measured(NamedTuple):
    """A number of a network."""

    metric: Metric
    value: float


def main(args: Sequence[str] | None = None) -> None:
    """Evaluates a run from the command line."""
    with command_line():
        options = tyro.cli(
            Options,
            prog="python -m experiments.evaluate",
            description=__doc__,
            args=args,
        )
        evaluate(options)


def evaluate(options: Options) -> dict[str, Measured]:
    """Evaluates a run, writes all files, prints the numbers and returns them."""
    settings = Settings(data_dir=options.data_dir)
    trained = load(options.run, options.checkpoint, settings, options.batch_size)
    name, classification = classification_of(trained, options)
    is_all = options.split is None and options.dataset is None
    evaluations = dict(trained.run.recipe.evaluations) if is_all else {}
    if classification is not None:
        evaluations[name] = classification
    measured = measure(trained, evaluations)

    out = options.run / "evaluation" if options.out is None else options.out
    out.mkdir(parents=True, exist_ok=True)
    summary = {
        "page": trained.page,
        "row": trained.origin.row,
        "column": trained.origin.column,
        "seed": trained.run.seed,
        "checkpoint": options.checkpoint,
        "step": trained.step,
        "metrics": {key: value for key, (_, value) in measured.items()},
    }
    found = None
    if classification is not None:
        dataset = classification.dataset or trained.run.recipe.data.dataset
        split = split_of(trained, classification)
        names = class_names(dataset, options.data_dir)
        names = names or [str(label) for label in range(dataset.num_classes)]
        classes = classes_of(trained, classification)
        counts = mistakes.matrix(classes, len(names))
        found = card.Classified(name, classification, dataset.name, counts, names)
        summary |= {
            "dataset": dataset.name,
            "split": classification.split,
            "images": len(classes.labels),
        }
        mistakes.write_classes(counts, names, out / "per_class.csv")
        mistakes.draw_confusion(counts, names, out / "confusion.png")
        mistakes.draw_worst(classes, split, names, out / "worst.png")
        with plots.panels(out / "reliability.png", 1, 1, side=2.8) as ((axis,),):
            plots.diagram(axis, classes.confidences, classes.hits)
            axis.set_title(trained.origin.row)
            axis.legend(fontsize=8, loc="upper left")
        if options.features:
            predictions = trained.network.predict(split, views=classification.views)
            np.savez(out / "features.npz", **predictions._asdict())
    (out / "metrics.json").write_text(f"{json.dumps(summary, indent=2)}\n", "utf-8")
    if options.export:
        export.write_weights(trained, out / "weights.safetensors")
        views = classification or next(iter(evaluations.values()), None)
        export.write_program(
            trained,
            out / "model.jaxexport",
            image_shape(trained, classification),
            output="features" if classification is None else "logits",
            views=views.views
            if isinstance(views, Classification | Verification)
            else None,
        )
    if options.card:
        text = card.text(trained, summary, measured, found, exported=options.export)
        (out / "README.md").write_text(text, "utf-8")

    _print(trained, summary, measured)
    print(f"wrote {', '.join(sorted(x.name for x in out.iterdir()))} in {out}")
    return measured


def classification_of(
    trained: Trained, options: Options
) -> tuple[str, Classification | None]:
    """Returns the name and the evaluation that classifies the images of the options.

    It is that of the recipe, of the split `"test"` if there are several, with the
    metrics of every classifier. None if the recipe classifies no images.

    Raises:
        ArgumentError: If the options ask for what there is not.
    """
    own = [
        (name, evaluation)
        for name, evaluation in trained.run.recipe.evaluations.items()
        if isinstance(evaluation, Classification) and evaluation.dataset is None
    ]
    wanted = {"split": options.split, "dataset": options.dataset}
    if not own:
        asked = [key for key, x in wanted.items() if x] + [
            "features"
        ] * options.features
        if asked:
            raise train.ArgumentError(
                f"--{asked[0]} is for networks that classify images, and the recipe of "
                f"{trained.name} has no Classification"
            )
        return "", None
    split = options.split or "test"
    name, evaluation = next(((name, x) for name, x in own if x.split == split), own[0])
    if evaluation.split != split and options.split is not None:
        name, evaluation = split, dataclasses.replace(evaluation, split=split)
    if options.dataset is not None:
        dataset = dataset_of(trained, options.dataset, evaluation, options.data_dir)
        name = f"{options.dataset} {split}"
        evaluation = dataclasses.replace(evaluation, dataset=dataset, split=split)
    metrics = dict(OF_EVERY_CLASSIFIER)
    if trained.run.recipe.num_classes < 5:
        del metrics["top5"]
    metrics |= evaluation.metrics
    return name, dataclasses.replace(evaluation, metrics=metrics)


def dataset_of(
    trained: Trained,
    name: str,
    evaluation: Classification,
    data_dir: pathlib.Path | None,
) -> data.Dataset:
    """Returns the data set of a name.

    Raises:
        ArgumentError: If there is none, or it has other classes or shapes.
    """
    trained_on = trained.run.recipe.data.dataset
    known = {k: x for k, x in data.catalogue().items() if isinstance(x, data.Dataset)}
    if name not in known:
        raise train.ArgumentError(
            f"--dataset must be one of {', '.join(known)}, got {name!r}"
        )
    other = known[name]

    def form(dataset: data.Dataset) -> Any:
        shape = dataset.shape if evaluation.crop is None else None
        return dataset.num_classes, len(dataset.mean), shape

    if form(other) != form(trained_on):
        raise train.ArgumentError(
            f"{trained.name} is for {trained_on.num_classes} classes and images of "
            f"{trained_on.shape}, {name} has {other.num_classes} and {other.shape}"
        )
    there, here = (class_names(dataset, data_dir) for dataset in (other, trained_on))
    for label in range(trained_on.num_classes if there and here else 0):
        if there[label] != here[label]:
            raise train.ArgumentError(
                f"{trained.name} is for other classes: class {label} is "
                f"{there[label]!r} in {other.name}, {here[label]!r} in {trained_on.name}"
            )
    return other


def class_names(dataset: data.Dataset, data_dir: pathlib.Path | None) -> list[str]:
    """Returns the names of the classes; none if the data set is not prepared."""
    try:
        return list(dataset.class_names(data_dir))
    except FileNotFoundError:
        return []


def measure(trained: Trained, evaluations: Mapping[str, Any]) -> dict[str, Measured]:
    """Returns the numbers of evaluations, by names like `test/top1`."""
    measured = {}
    for name, evaluation in evaluations.items():
        metrics = evaluation.metrics
        numbers = evaluation(trained.network, trained.splits)
        measured |= {
            f"{name}/{key}": Measured(metrics[key], x) for key, x in numbers.items()
        }
    return measured


def split_of(trained: Trained, classification: Classification) -> data.Split:
    """Returns the images that an evaluation classifies."""
    name, crop = classification.split, classification.crop
    if classification.dataset is None:
        return trained.splits.split(name, crop)
    return trained.splits.dataset(classification.dataset, name, crop)


def image_shape(
    trained: Trained, classification: Classification | None
) -> tuple[int, ...]:
    """Returns the shape of an image as an evaluation, or else the training, gets it."""
    if classification is None:
        return trained.splits.runner.images.shape(trained.run.recipe.data)
    return tuple(split_of(trained, classification).images.shape[1:])


def classes_of(trained: Trained, classification: Classification) -> mistakes.Classes:
    """Returns the predicted classes of the images that an evaluation classifies."""
    split = split_of(trained, classification)
    predicted, confidences = trained.network.map(
        _classes_and_confidences, split, views=classification.views
    )
    return mistakes.Classes(np.asarray(split.labels), predicted, confidences)


def _classes_and_confidences(x: train.Examples) -> tuple[jax.Array, jax.Array]:
    probs = jax.nn.softmax(x.outputs.logits)
    return jnp.argmax(probs, axis=-1), jnp.max(probs, axis=-1)


def _print(
    trained: Trained, summary: Mapping[str, Any], measured: Mapping[str, Measured]
) -> None:
    """Prints the numbers beside those that the training recorded, if there are any."""
    title = f"{trained.name}, step {trained.step}"
    if "images" in summary:
        title += ", on {images:,} images of {dataset}, {split}".format(**summary)
    console = Console(highlight=False)
    console.print(title, soft_wrap=True)
    grid = Grid("", "now", "in training", "unit", "better")
    for column in grid.columns[1:3]:
        column.justify = "right"
    record = trained.record()
    for name, (metric, value) in measured.items():
        there = text_of([record[name]], metric.digits) if name in record else ""
        now = text_of([value], metric.digits)
        grid.add_row(name, now, there, metric.unit, metric.better or "")
    console.print(grid)


if __name__ == "__main__":
    main()
