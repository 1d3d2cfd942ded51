"""A model card in the format of Hugging Face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
import yaml

from adrjax import train
from experiments.harness import Classification
from experiments.harness.identity import describe
from experiments.harness.report import text_of
from experiments.trained import Trained

if TYPE_CHECKING:
    from experiments.evaluate import Measured

LICENSE = "apache-2.0"  # of this project
SHOWN = 5  # worst classes, and most frequent confusions

PAPERS = {
    "ADR": "Zhao et al., Adaptive Discriminative Regularization for Visual Classification, IJCV 2024",
    "GSC": "Zhao et al., GSC Loss: A Gaussian Score Calibrating Loss for Deep Learning, 2022, its preprint",
    "POD": "Zhu and Zu, A Softmax-free Loss Function Based on Predefined Optimal-distribution of Latent Features for Deep Learning Classifier",
    "IE": "Wu et al., Exponential Discriminative Metric Embedding in Deep Learning",
    "GR": "Wang et al., Robust Discriminative Representation Learning via Gradient Rescaling",
}


class Classified(NamedTuple):
    """The images that a network classified.

    Attributes:
        name: The name of the evaluation.
        evaluation: The evaluation.
        dataset: The name of the data set.
        counts: The confusion matrix: images by label (row) and predicted class (column).
        names: The names of the classes.
    """

    name: str
    evaluation: Classification
    dataset: str
    counts: np.ndarray
    names: Sequence[str]


def text(
    trained: Trained,
    summary: Mapping[str, Any],
    measured: Mapping[str, Measured],
    classified: Classified | None,
    *,
    exported: bool,
) -> str:
    """Returns the card, made of measurements and records only.

    Args:
        trained: The network.
        summary: The content of metrics.json.
        measured: The numbers by name.
        classified: The images that it classified; None if it is not for that.
        exported: Whether the files of `--export` are beside it.

    Returns:
        Markdown with YAML in front.
    """
    front = yaml.safe_dump(_front(trained, measured, classified), sort_keys=False)
    sections = [
        f"# {trained.name}",
        _introduction(trained),
        "## Training",
        _training(trained),
        "## Results",
        _results(trained, summary, measured, classified),
        "## Known limitations",
        _limitations(trained, classified),
        "## Use",
        _use(trained, classified, exported=exported),
        *_citations(trained),
    ]
    return f"---\n{front}---\n\n" + "\n\n".join(sections) + "\n"


def _front(
    trained: Trained,
    measured: Mapping[str, Measured],
    classified: Classified | None,
) -> dict[str, Any]:
    trained_on = trained.run.recipe.data.dataset.name
    name, split = trained_on, "several"
    task = "image-feature-extraction"
    if classified is not None:
        name, split = classified.dataset, classified.evaluation.split
        task = "image-classification"
    values = [
        {
            "type": "accuracy" if key.endswith("/top1") else key.lower(),
            "name": key,
            "value": round(value, 4),
        }
        for key, (_, value) in measured.items()
    ]
    result = {
        "task": {"type": task},
        "dataset": {"name": name, "type": name, "split": split},
        "metrics": values,
    }
    return {
        "library_name": "adrjax",
        "license": LICENSE,
        "pipeline_tag": task,
        "datasets": [trained_on],
        "metrics": ["accuracy"],
        "tags": ["jax", "flax", task, trained.page],
        "model-index": [{"name": trained.name, "results": [result]}],
    }


def _introduction(trained: Trained) -> str:
    recipe = trained.run.recipe
    dataset = recipe.data.dataset
    size = sum(x.size for x in jax.tree.leaves(trained.network.variables["params"]))
    shape = " x ".join(map(str, trained.splits.runner.images.shape(recipe.data)))
    cell = ", ".join(filter(None, [trained.origin.row, trained.origin.column]))
    return (
        f"A network of {size:,} parameters for the {dataset.num_classes} classes of "
        f"`{dataset.name}`, images of {shape}. It is seed {trained.run.seed} of `{cell}` "
        f'of `python -m {trained.origin.page}`: "{trained.title}"'
    )


def _training(trained: Trained) -> str:
    recipe = trained.run.recipe
    # The defaults of the data set and the model are left out, as in config.json.
    settings = {
        "recipe": recipe.name,
        "loss": describe(trained.run.method),
        **{k: v for k, v in trained.config["run"].items() if k != "method"},
        **{k: v for k, v in trained.config.items() if k != "run"},
        **{
            key: value
            for key, value in trained.origin._asdict().items()
            if key in ("reduced", "scale", "bfloat16") and value not in (False, 1.0)
        },
        "step of this checkpoint": trained.step,
        **{k: v for k, v in trained.record().items() if k.startswith("train_")},
    }
    rows = [[k, _code(v)] for k, v in settings.items() if v not in (None, [])]
    lines = [_table(["", ""], rows)]
    starts = train.read_provenance(trained.directory)
    if starts and starts[-1].get("wrong_labels"):
        wrong = 100 * starts[-1]["wrong_labels"]
        lines.append(f"{wrong:.2f} % of the training labels are wrong.")
    if starts:
        left_out = ("command", "compilation_cache", *trained.origin._fields)
        last = {k: v for k, v in starts[-1].items() if k not in left_out}
        rows = [[k, _code(value)] for k, value in last.items()]
        lines += ["Its last start:", _table(["", ""], rows)]
    return "\n\n".join(lines)


def _results(
    trained: Trained,
    summary: Mapping[str, Any],
    measured: Mapping[str, Measured],
    classified: Classified | None,
) -> str:
    rows = [
        [
            name,
            text_of([value], metric.digits),
            metric.unit,
            f"{metric.better} is better" if metric.better else "",
        ]
        for name, (metric, value) in measured.items()
    ]
    lines = [_table(["metric", "value", "unit", ""], rows)]
    best = trained.config["best"]
    if summary["checkpoint"] == "best":
        is_chosen = classified is not None and best.startswith(f"{classified.name}/")
        reason = "; its numbers are too good" if is_chosen else ""
        lines.append(f"This checkpoint was chosen as the best by `{best}`{reason}.")
    if classified is None:
        return "\n\n".join(lines)
    name = classified.name
    gap = measured[f"{name}/confidence"].value - measured[f"{name}/top1"].value
    lines += [
        f"`{name}` is measured on the {summary['images']:,} images of "
        f"`{classified.dataset}`, `{classified.evaluation.split}`. Its mean confidence is "
        f"{abs(gap):.2f} points {'above' if gap > 0 else 'below'} its accuracy.",
        "![Reliability diagram](reliability.png)",
    ]
    return "\n\n".join(lines)


def _limitations(trained: Trained, classified: Classified | None) -> str:
    dataset = trained.run.recipe.data.dataset
    first = f"It was trained on images of `{dataset.name}`, and measured as above."
    if classified is None:
        return first
    lines = [
        f"{first} It assigns one of the {dataset.num_classes} classes to any image."
    ]
    counts, names = classified.counts, [*classified.names]
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "\n\n".join([*lines, "None of these images was misclassified."])
    sizes = counts.sum(1)
    recalls = np.diag(counts) / np.maximum(sizes, 1)
    worst = [i for i in np.argsort(recalls, kind="stable")[:SHOWN] if wrong[i].any()]
    pairs = np.argsort(-wrong, axis=None, kind="stable")[:SHOWN]
    recall_of = [[names[i], f"{100 * recalls[i]:.2f}", str(sizes[i])] for i in worst]
    found = [(*divmod(int(i), len(counts)), wrong.flat[i]) for i in pairs]
    lines += [
        "The classes with the lowest recall:",
        _table(
            ["class", "recall, %", "images"],
            recall_of,
        ),
        "The most frequent mistakes:",
        _table(
            ["label", "taken for", "times"],
            [[names[i], names[j], str(n)] for i, j, n in found if n],
        ),
        "![Confusion matrix](confusion.png)",
        "Its most confident mistakes:",
        "![Misclassified images](worst.png)",
    ]
    return "\n\n".join(lines)


def _use(trained: Trained, classified: Classified | None, *, exported: bool) -> str:
    output = "features" if classified is None else "logits"
    parts = [
        f"""From the directory of the run, RUN:

```python
import pathlib
from adrjax import data
from experiments.trained import load

trained = load(pathlib.Path(RUN), {trained.step})
predictions = trained.network.predict(data.Split(images, labels))  # uint8 images
predictions.features, predictions.logits
```"""
    ]
    if exported:
        parts.append(
            f"""With only `jax` (written by {jax.__version__}) and `flatbuffers`, on a CPU, CUDA or TPU:

```python
import pathlib
from jax import export

network = export.deserialize(pathlib.Path("model.jaxexport").read_bytes())
{output} = network.call(images)  # uint8, any number of images; network.in_avals has their shape
```

`weights.safetensors` has the variables by names like `params/head/kernel`:
`flax.traverse_util.unflatten_dict(safetensors.flax.load_file("weights.safetensors"), sep="/")`."""
        )
    return "\n\n".join(parts)


def _citations(trained: Trained) -> list[str]:
    """Returns the papers that the page's first line mentions."""
    named = re.findall(r"\b[A-Z]+\b", trained.title)
    papers = [f"- {paper}" for name, paper in PAPERS.items() if name in named]
    return ["## Citation", "The page reproduces", "\n".join(papers)] if papers else []


def _code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    escaped = text.replace("|", r"\|")
    return f"`{escaped}`"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
