"""A trained network: its figures, its mistakes, its features, and what to hand on.

    python -m experiments.evaluate runs/quickstart/ce/seed0                  # the last checkpoint
    python -m experiments.evaluate RUN --checkpoint best --split train
    python -m experiments.evaluate RUN --dataset cifar10_n --out DIR         # another data set
    python -m experiments.evaluate RUN --features --export --card

RUN is the directory of one seed of one row. What is written goes to RUN/evaluation: metrics.json,
per_class.csv, reliability.png, confusion.png, and worst.png with the misclassified images that the
network was surest of. --features adds features.npz; --export adds model.jaxexport, a program of jax
that needs nothing of this project, and weights.safetensors; --card a model card, README.md.
"""

from collections.abc import Mapping, Sequence
import dataclasses
import inspect
import json
import pathlib
from typing import Any, Literal

import numpy as np
import optax
from rich.console import Console
from rich.table import Table as Grid
import tyro

from adrjax import data, train
from experiments import card, export, figure, mistakes
from experiments.columns import ece, top1, top5
from experiments.trained import Predictions, Trained, load, predict

NEEDS = "a run of a page that has a table, and its data set"


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line.

    Attributes:
        run: The directory of a run.
        checkpoint: The last, the best on the test images, or that of a step.
        split: The images to evaluate on, in the words of tfds.
        dataset: A data set of as many classes, by its name in adrjax.data; that which
            the network was trained on if it is not given.
        data_dir: Where prepared data sets are.
        batch_size: Images at once.
        out: Where to write; RUN/evaluation if it is not given.
        features: Write the features of every image.
        export: Write the network as a program of jax and as weights.
        card: Write a model card.
    """

    run: tyro.conf.Positional[pathlib.Path]
    checkpoint: Literal["last", "best"] | int = "last"
    split: str = "test"
    dataset: str | None = None
    data_dir: pathlib.Path | None = None
    batch_size: int = 256
    out: pathlib.Path | None = None
    features: bool = False
    export: bool = False
    card: bool = False


def main(args: Sequence[str] | None = None) -> None:
    """Evaluates from the command line; what goes wrong is told in a few lines."""
    options = tyro.cli(
        Options, prog="python -m experiments.evaluate", description=__doc__, args=args
    )
    try:
        evaluate(options)
    except (FileNotFoundError, ValueError, train.CheckpointError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None


def evaluate(options: Options) -> dict[str, float]:
    """Evaluates a run, prints its metrics, writes all files and returns the metrics."""
    trained = load(options.run, options.checkpoint)
    dataset = dataset_of(trained, options.dataset, options.data_dir)
    split = dataset.read(options.split, options.data_dir)
    names = class_names(dataset, options.data_dir)
    names = names or [str(label) for label in range(dataset.num_classes)]
    predictions = predict(trained, split, batch_size=options.batch_size)
    metrics = metrics_of(trained, predictions)
    counts = mistakes.matrix(predictions)
    summary = {
        "page": trained.table.name,
        "row": trained.row.name,
        "seed": trained.config["seed"],
        "checkpoint": options.checkpoint,
        "step": trained.step,
        "dataset": dataset.name,
        "split": options.split,
        "images": len(predictions.labels),
        "metrics": metrics,
    }
    as_trained = options.dataset is None and options.split == "test"
    _print(trained, summary, trained.record() if as_trained else {})

    out = options.out or options.run / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(f"{json.dumps(summary, indent=2)}\n")
    mistakes.write_classes(counts, names, out / "per_class.csv")
    mistakes.draw_confusion(counts, names, out / "confusion.png")
    mistakes.draw_worst(predictions, split, names, out / "worst.png")
    result = train.Result([metrics], predictions.logits, predictions.labels, None)
    figure.reliability({trained.row.name: [result]}, out / "reliability.png")
    if options.features:
        np.savez(out / "features.npz", **predictions._asdict())
    if options.export:
        export.write_program(trained, out / "model.jaxexport")
        export.write_weights(trained, out / "weights.safetensors")
    if options.card:
        text = card.text(trained, summary, counts, names, exported=options.export)
        (out / "README.md").write_text(text)
    print(f"wrote {', '.join(sorted(x.name for x in out.iterdir()))} in {out}")
    return metrics


def dataset_of(
    trained: Trained, name: str | None, data_dir: pathlib.Path | None
) -> data.Dataset:
    """Returns the data set of this name, or that of the training for None.

    Raises:
        ValueError: If there is none, or it has other classes or other shapes.
    """
    own = trained.row.recipe.dataset
    if name is None:
        return own
    known = {k: f for k, f in vars(data).items() if _gives_a_dataset(f)}
    if name not in known:
        raise ValueError(
            f"adrjax.data has no data set {name!r}; it has {', '.join(sorted(known))}"
        )
    other = known[name]()
    if (other.num_classes, other.shape) != (own.num_classes, own.shape):
        raise ValueError(
            f"{trained.name} is for {own.num_classes} classes and images of "
            f"{own.shape}, {name} has {other.num_classes} and {other.shape}"
        )
    there, here = (class_names(dataset, data_dir) for dataset in (other, own))
    for label in range(own.num_classes if there and here else 0):
        if there[label] != here[label]:
            raise ValueError(
                f"{trained.name} is for other classes: class {label} is "
                f"{there[label]!r} in {other.name}, {here[label]!r} in {own.name}"
            )
    return other


def class_names(dataset: data.Dataset, data_dir: pathlib.Path | None) -> list[str]:
    """Returns the names of the classes; none where the data set is not prepared."""
    try:
        return list(dataset.class_names(data_dir))
    except FileNotFoundError:
        return []


def metrics_of(trained: Trained, predictions: Predictions) -> dict[str, float]:
    """Returns the metrics of the page and those of every classifier.

    The negative log-likelihood (NLL) is in nats, the rest but norms in per cent.
    """
    features, logits, labels = predictions
    columns = {"top1": top1, "ECE": ece, **trained.table.columns}
    if logits.shape[-1] >= 5:
        columns = {"top1": top1, "top5": top5, **columns}
    nll = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    norms = np.linalg.norm(features.reshape(len(features), -1), axis=-1)
    seen = train.Predictions(logits, labels, norms)
    return {
        **{name: column(seen) for name, column in columns.items()},
        "confidence": 100 * float(predictions.confidences.mean()),
        "NLL": float(nll.mean()),
        "feature norm": float(norms.mean()),
    }


def _gives_a_dataset(function: object) -> bool:
    if not inspect.isfunction(function):
        return False
    signature = inspect.signature(function)
    wants = [p for p in signature.parameters.values() if p.default is p.empty]
    return signature.return_annotation is data.Dataset and not wants


def _print(
    trained: Trained, summary: Mapping[str, Any], record: Mapping[str, Any]
) -> None:
    """Prints the metrics, beside those of metrics.jsonl where there are any."""
    title = "{}, step {}, on {:,} images of {}, {}".format(
        trained.name,
        *(summary[key] for key in ("step", "images", "dataset", "split")),
    )
    console = Console(highlight=False)
    console.print(title, soft_wrap=True)
    grid = Grid("", "now", "in training")
    for column in grid.columns[1:]:
        column.justify = "right"
    for name, value in summary["metrics"].items():
        there = f"{record[name]:.4f}" if name in record else ""
        grid.add_row(name, f"{value:.4f}", there)
    console.print(grid)


if __name__ == "__main__":
    main()
