"""Evaluate a trained network: metrics, mistakes, features, and files to publish.

    python -m experiments.evaluate runs/quickstart/ce/seed0                  # the last checkpoint
    python -m experiments.evaluate RUN --checkpoint best --split train
    python -m experiments.evaluate RUN --dataset cifar10_n --out DIR         # another data set
    python -m experiments.evaluate RUN --features --export --card

RUN is the directory of one seed of one row. The files are written to RUN/evaluation: metrics.json,
per_class.csv, reliability.png, confusion.png, and worst.png with the most confident mistakes.
--features adds features.npz; --export adds weights.safetensors and model.jaxexport, a program for jax
that does not need this project; --card adds a model card, README.md.
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
from experiments.command import command_line, read
from experiments.trained import Trained, load, predict

NEEDS = "a run of a page that has a table, and its data set"


@dataclasses.dataclass(frozen=True)
class Options:
    """The command line.

    Attributes:
        run: The directory of a run.
        checkpoint: The last, the best on the test images, or that of a step.
        split: The images to evaluate, in the syntax of tfds.
        dataset: The name in adrjax.data of a data set with the same classes; by default the data
            set that the network was trained on.
        data_dir: The directory of the prepared data sets.
        batch_size: Images at once.
        out: The directory to write to; RUN/evaluation by default.
        features: Write the features of every image.
        export: Write the network as a program for jax and as weights.
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
    """Evaluates a run from the command line."""
    with command_line():
        options = tyro.cli(
            Options,
            prog="python -m experiments.evaluate",
            description=__doc__,
            args=args,
        )
        evaluate(options)


def evaluate(options: Options) -> dict[str, float]:
    """Evaluates a run, writes all files, prints the metrics and returns them."""
    trained = load(options.run, options.checkpoint)
    dataset = dataset_of(trained, options.dataset, options.data_dir)
    split = read(dataset, options.split, options.data_dir)
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
    record = trained.record() if as_trained else {}

    out = options.run / "evaluation" if options.out is None else options.out
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(f"{json.dumps(summary, indent=2)}\n", "utf-8")
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
        (out / "README.md").write_text(text, "utf-8")

    _print(trained, summary, record)
    print(f"wrote {', '.join(sorted(x.name for x in out.iterdir()))} in {out}")
    return metrics


def dataset_of(
    trained: Trained, name: str | None, data_dir: pathlib.Path | None
) -> data.Dataset:
    """Returns the data set of this name, or that of the training for None.

    Raises:
        ArgumentError: If there is none, or it has other classes or shapes.
    """
    trained_on = trained.row.recipe.dataset
    if name is None:
        return trained_on
    known = {k: f for k, f in vars(data).items() if _returns_a_dataset(f)}
    if name not in known:
        raise train.ArgumentError(
            f"--dataset must be one of {', '.join(sorted(known))}, got {name!r}"
        )
    other = known[name]()
    if (other.num_classes, other.shape) != (trained_on.num_classes, trained_on.shape):
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


def metrics_of(trained: Trained, predictions: train.Predictions) -> dict[str, float]:
    """Returns the metrics of the page and those of every classifier.

    The negative log-likelihood (NLL) is in nats, the norm has no unit, and the others are in per
    cent unless the page says otherwise.
    """
    logits, labels = predictions.logits, predictions.labels
    columns = {"top1": top1, "ECE": ece, **trained.table.columns}
    if logits.shape[-1] >= 5:
        columns = {"top1": top1, "top5": top5, **columns}
    nll = optax.softmax_cross_entropy_with_integer_labels(logits, labels)
    return {
        **{name: column(predictions) for name, column in columns.items()},
        "confidence": 100 * float(predictions.confidences.mean()),
        "NLL": float(nll.mean()),
        "feature norm": float(predictions.feature_norms.mean()),
    }


def _returns_a_dataset(function: object) -> bool:
    if not inspect.isfunction(function):
        return False
    signature = inspect.signature(function)
    required = [p for p in signature.parameters.values() if p.default is p.empty]
    return signature.return_annotation is data.Dataset and not required


def _print(
    trained: Trained, summary: Mapping[str, Any], record: Mapping[str, Any]
) -> None:
    """Prints the metrics, beside those of metrics.jsonl if there are any."""
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
