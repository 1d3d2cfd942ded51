"""A model card in the format of Hugging Face."""

from collections.abc import Mapping, Sequence
import functools
import inspect
import json
import re
from typing import Any

import jax
import numpy as np
import yaml

from adrjax import train
from experiments.trained import Trained

LICENSE = "apache-2.0"  # of this project
SHOWN = 5  # worst classes, and most frequent confusions

PAPERS = {
    "ADR": "Zhao et al., Adaptive Discriminative Regularization for Visual Classification, IJCV 2024",
    "GSC": "Zhao et al., GSC Loss: A Gaussian Score Calibrating Loss for Deep Learning, 2022, its preprint",
    "POD": "Zhu and Zu, A Softmax-free Loss Function Based on Predefined Optimal-distribution of Latent Features for Deep Learning Classifier",
    "IE": "Wu et al., Exponential Discriminative Metric Embedding in Deep Learning",
    "GR": "Wang et al., Robust Discriminative Representation Learning via Gradient Rescaling",
}


def text(
    trained: Trained,
    summary: Mapping[str, Any],
    counts: np.ndarray,
    names: list[str],
    *,
    exported: bool,
) -> str:
    """Returns the card, made of measurements and records only.

    Args:
        trained: The network.
        summary: The content of metrics.json.
        counts: The confusion matrix: images by label (row) and predicted class (column).
        names: The names of the classes.
        exported: Whether the files of `--export` are beside it.

    Returns:
        Markdown with YAML in front.
    """
    front = yaml.safe_dump(_front(trained, summary), sort_keys=False)
    sections = [
        f"# {trained.name}",
        _introduction(trained),
        "## Training",
        _training(trained),
        "## Results",
        _results(trained, summary),
        "## Known limitations",
        _limitations(trained, summary, counts, names),
        "## Use",
        _use(trained, exported=exported),
        *_citations(trained),
    ]
    return f"---\n{front}---\n\n" + "\n\n".join(sections) + "\n"


def _front(trained: Trained, summary: Mapping[str, Any]) -> dict[str, Any]:
    values = [
        {
            "type": "accuracy" if name == "top1" else name.lower().replace(" ", "_"),
            "name": name,
            "value": round(value, 4),
        }
        for name, value in summary["metrics"].items()
    ]
    name, split = summary["dataset"], summary["split"]
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"name": name, "type": name, "split": split},
        "metrics": values,
    }
    return {
        "library_name": "adrjax",
        "license": LICENSE,
        "pipeline_tag": "image-classification",
        "datasets": [trained.row.recipe.dataset.name],
        "metrics": ["accuracy"],
        "tags": ["jax", "flax", "image-classification", trained.table.name],
        "model-index": [{"name": trained.name, "results": [result]}],
    }


def _introduction(trained: Trained) -> str:
    dataset = trained.row.recipe.dataset
    size = sum(x.size for x in jax.tree.leaves(trained.variables["params"]))
    shape = " x ".join(map(str, dataset.shape or ()))
    return (
        f"A network of {size:,} parameters for the {dataset.num_classes} classes of "
        f"`{dataset.name}`, images of {shape}. It is seed {trained.config['seed']} of "
        f"the row `{trained.row.name}` of `python -m experiments.{trained.table.name}`: "
        f'"{trained.table.title}"'
    )


def _training(trained: Trained) -> str:
    recipe, record = trained.row.recipe, trained.record()
    settings = {
        "loss": _source(trained.row.loss),
        "optimizer": _source(recipe.optimizer),
        **{
            key: value
            for key, value in trained.config.items()
            if key not in ("page", "row") and value is not None
        },
        "step of this checkpoint": trained.step,
        **{k: value for k, value in record.items() if k.startswith("train_")},
    }
    lines = [_table(["", ""], [[k, _code(v)] for k, v in settings.items()])]
    if recipe.noise is not None:
        lines.append("Training labels were made wrong, by `noise` above.")
    starts = train.read_provenance(trained.run)
    if starts:
        paths = ("command", "compilation_cache")  # of one machine
        last = {k: v for k, v in starts[-1].items() if k not in paths}
        rows = [[k, _code(value)] for k, value in last.items()]
        lines += ["Its last start:", _table(["", ""], rows)]
    return "\n\n".join(lines)


def _results(trained: Trained, summary: Mapping[str, Any]) -> str:
    metrics = summary["metrics"]
    rows = [[name, f"{value:.4f}"] for name, value in metrics.items()]
    gap = metrics["confidence"] - metrics["top1"]
    lines = [
        f"On the {summary['images']:,} images of `{summary['dataset']}`, "
        f"`{summary['split']}`. NLL is in nats, norms have no unit, the others are in per cent.",
        _table(["metric", "value"], rows),
        f"Its mean confidence is {abs(gap):.2f} points {'above' if gap > 0 else 'below'} "
        "its accuracy.",
        "![Reliability diagram](reliability.png)",
    ]
    if summary["checkpoint"] == "best":
        lines.insert(
            1,
            "This checkpoint was chosen as the best on the test images, so these numbers are too good.",
        )
    return "\n\n".join(lines)


def _limitations(
    trained: Trained,
    summary: Mapping[str, Any],
    counts: np.ndarray,
    names: list[str],
) -> str:
    dataset = trained.row.recipe.dataset
    lines = [
        f"It was trained on images of `{dataset.name}`, and the results above are for "
        f"the {summary['images']:,} images named there. It assigns one of the "
        f"{dataset.num_classes} classes to any image."
    ]
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "\n\n".join([*lines, "None of these images was misclassified."])
    sizes = counts.sum(1)
    recalls = np.diag(counts) / np.maximum(sizes, 1)
    worst = [i for i in np.argsort(recalls, kind="stable")[:SHOWN] if wrong[i].any()]
    pairs = np.argsort(-wrong, axis=None, kind="stable")[:SHOWN]
    found = [(*divmod(int(i), len(counts)), wrong.flat[i]) for i in pairs]
    lines += [
        "The classes with the lowest recall:",
        _table(
            ["class", "recall, %", "images"],
            [[names[i], f"{100 * recalls[i]:.2f}", str(sizes[i])] for i in worst],
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


def _use(trained: Trained, *, exported: bool) -> str:
    shape = ", ".join(map(str, trained.row.recipe.dataset.shape or ()))
    parts = [
        f"""From the directory of the run, RUN:

```python
from adrjax import train
from experiments.{trained.table.name} import TABLE

(row,) = (row for row in TABLE.rows if row.name == {trained.row.name!r})
model, dataset = row.recipe.model, row.recipe.dataset
variables, step = train.restore_variables(RUN, model, dataset.shape, which={trained.step})
outputs = model.apply(variables, dataset.normalize(images), train=False)  # uint8 [n, {shape}]
outputs.features, outputs.logits
```"""
    ]
    if exported:
        parts.append(
            f"""With only `jax` (written by {jax.__version__}) and `flatbuffers`, on a CPU, CUDA or TPU:

```python
import pathlib
from jax import export

network = export.deserialize(pathlib.Path("model.jaxexport").read_bytes())
logits = network.call(images)  # uint8 [n, {shape}], any n
```

`weights.safetensors` has the variables by names like `params/head/kernel`:
`flax.traverse_util.unflatten_dict(safetensors.flax.load_file("weights.safetensors"), sep="/")`."""
        )
    return "\n\n".join(parts)


def _citations(trained: Trained) -> list[str]:
    """Returns the papers that the page's first line mentions."""
    named = re.findall(r"\b[A-Z]+\b", trained.table.title)
    papers = [f"- {paper}" for name, paper in PAPERS.items() if name in named]
    return ["## Citation", "The page reproduces", "\n".join(papers)] if papers else []


def _source(function: Any) -> str:
    """Returns the name of a function, the source of a lambda, or those of several parts."""
    if isinstance(function, Mapping):
        return ", ".join(dict.fromkeys(map(_source, function.values())))
    if isinstance(function, functools.partial):
        return repr(function)
    name = getattr(function, "__name__", type(function).__name__)
    if name != "<lambda>":
        return name
    lines = inspect.getsource(function).strip().rstrip(",").splitlines()
    return " ".join(line.strip() for line in lines)


def _code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    escaped = text.replace(" # attributes", "").replace("|", r"\|")
    return f"`{escaped}`"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
