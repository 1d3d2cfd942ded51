"""docs/coming_from.md: blocks run, and their numbers are those of other formulas."""

import functools
import importlib.util
import pathlib
import re

import jax
import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax
import sklearn.metrics

from adrjax import losses

PAGE = (pathlib.Path(__file__).parents[1] / "docs/coming_from.md").read_text()
_, FIRST, *RECIPES = re.split(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
HEADINGS = [re.findall(r"^### (.*)$", text, re.MULTILINE) for text in RECIPES[::2]]
BLOCKS = {names[-1]: code for names, code in zip(HEADINGS, RECIPES[1::2], strict=False)}
EQUAL = re.findall(r"^\| `(optax.*?)` \| `(.*?)` \| equal", PAGE, re.MULTILINE)
ARRAY = (jax.Array, np.ndarray)


def run(code, names):
    """Returns the names after running a block of code."""
    names = dict(names)
    exec(code, names)
    return names


def only_arrays(names):
    return {name: x for name, x in names.items() if isinstance(x, ARRAY)}


@functools.cache
def compiled():
    """Returns what the blocks compute that can be one program."""

    @jax.jit
    def program():
        first = run(FIRST, {})
        recipes = {
            name: only_arrays(run(code, first))
            for name, code in BLOCKS.items()
            if name not in NOT_TRACED
        }
        pairs = [(eval(there, first), eval(here, first)) for there, here in EQUAL]
        return only_arrays(first), recipes, pairs

    return jax.device_get(program())


def names_of(block):
    first, recipes, _ = compiled()
    if block in recipes:
        return first | recipes[block]
    modules = re.match(r"(?:import .*\n|from .*\n)+", FIRST)[0]
    return run(BLOCKS[block], run(modules, {}) | first)


def of_label(x, labels):
    return np.take_along_axis(x, labels[..., None], -1)[..., 0]


def nll_of(n):
    return -of_label(log_softmax(n["logits"], -1), n["labels"])


def sigmoid_focal(z, signs):
    p = np.where(signs, expit(z), expit(-z))
    return -((1 - p) ** 2) * np.log(p)


def class_weights(n):
    w = n["weights"][n["labels"]]
    yield n["of_keras"], np.mean(w * nll_of(n))
    yield n["of_torch"], np.average(nll_of(n), weights=w)


def ignored(n):
    yield n["loss"], nll_of(n)[n["labels"] != 3].mean()


def smoothing(n):
    uniform = -log_softmax(n["logits"], -1).mean(-1)
    yield n["loss"], 0.9 * nll_of(n) + 0.1 * uniform


def axis(n):
    log_p = np.moveaxis(log_softmax(n["images"], 1), 1, -1)
    yield n["loss"], -of_label(log_p, n["labels"].reshape(2, 2, 2))


def focal(n):
    alpha = np.where(n["signs"], 0.25, 0.75)
    yield n["with_alpha"], alpha * sigmoid_focal(n["scores"], n["signs"])
    by_class = -((1 - n["probs"]) ** 2) * np.log(n["probs"])
    yield n["with_soft_labels"], np.sum(n["soft"] * by_class, -1)


def divergence(n):
    yield n["loss"], np.sum(n["soft"] * np.log(n["soft"] / n["probs"]), -1)


def binary(n):
    p = np.where(n["signs"], expit(n["scores"]), expit(-n["scores"]))
    yield n["binary_loss"], (1 - p**0.7) / 0.7
    several = sigmoid_focal(n["logits"], n["soft"] > 0.05)
    yield n["multi_label_loss"], several.sum(-1)


def unit(n):
    x = n["features"]
    yield n["unit"], x / np.linalg.norm(x, axis=-1, keepdims=True)


def pairs_and_triplets(n):
    x, y = n["features"], n["labels"]
    d = np.linalg.norm(x[:, None] - x, axis=-1)
    places = range(len(y))
    pairs = [(i, j) for i in places for j in places if i < j]
    hinge = np.maximum(1 - d, 0)
    yield n["pairs"], [(d if y[i] == y[j] else hinge)[i, j] ** 2 / 2 for i, j in pairs]
    triplets = [
        max(d[a, p] ** 2 - d[a, n] ** 2 + 0.2, 0)
        for a in places
        for p in places
        for n in places
        if a != p and y[a] == y[p] != y[n]
    ]
    yield n["triplets"], triplets


def reductions(n):
    has_pair = np.isin(n["labels"], [0, 1, 2])  # 3 and 4 have one example each
    yield n["over_both_kinds"], n["values"][has_pair].mean()
    yield n["over_nonzero"], n["values"][n["values"] > 0].mean()


def retrieval(n):
    matches = n["query_labels"][:, None] == n["gallery_labels"][None]
    ranked = [
        m[np.argsort(-s)] for m, s in zip(matches, n["similarities"], strict=True)
    ]
    ranks = [np.flatnonzero(m) + 1 for m in ranked]
    yield n["precision_at_2"], np.mean([np.mean(r <= 2) * len(r) / 2 for r in ranks])
    yield n["reciprocal_rank"], np.mean([1 / r[0] for r in ranks])
    yield n["r_precision"], np.mean([np.mean(r <= len(r)) for r in ranks])
    precisions = [(np.arange(len(r)) + 1) / r * (r <= len(r)) for r in ranks]
    yield n["map_at_r"], np.mean([np.mean(p) for p in precisions])


def areas(n):
    yield n["auroc"], sklearn.metrics.roc_auc_score(n["signs"], n["scores"])
    false, true, _ = sklearn.metrics.roc_curve(
        n["signs"], n["scores"], drop_intermediate=False
    )
    at = np.argmin(np.abs(false + true - 1))
    yield n["equal_error_rate"], (false[at] + 1 - true[at]) / 2


def calibration(n):
    def gaps(confidence, is_right):
        """The share and the gap of each bin (lo, hi] of 15."""
        bins = np.ceil(15 * confidence).astype(int) - 1
        gap = is_right - confidence
        held = [bins == b for b in range(15) if (bins == b).any()]
        return np.array([(np.mean(b), gap[b].mean()) for b in held]).T

    probs, labels = n["probs"], n["labels"]
    share, gap = gaps(probs.max(-1), probs.argmax(-1) == labels)
    yield n["l2_error"], np.sqrt(np.sum(share * gap**2))
    of_class = [gaps(probs[:, j], labels == j) for j in range(5)]
    expected = [np.sum(share * np.abs(gap)) for share, gap in of_class]
    yield n["classwise_error"], np.mean(expected)


def confusion(n):
    yield n["inside_jit"], n["matrix"]


def forward(n):
    p = softmax(n["logits"], -1)
    yield n["values"], nll_of(n)
    yield n["slopes"], np.sum(n["tangent"] * (p - np.eye(5)[n["labels"]]), -1)
    q = p[0, 0]
    by_q = 2 * (1 - q) * np.log(q) - (1 - q) ** 2 / q
    yield n["jacobian"], by_q * q * (np.eye(5)[0] - p[0])


def first_step(n):
    """The weights after one step of SGD from 0, where the gradient is known."""
    x, y = n["features"], np.eye(5)[n["labels"]]
    return 0.1 * x.T @ (y - 0.2) / len(x)


def sharded(n):
    assert n["w"].sharding.is_fully_replicated
    yield n["w"], first_step(n)


def micro_batches(n):
    yield n["params"], first_step(n)


def network(n):
    assert np.isfinite(n["value"])
    yield (), ()


def resized(n):
    assert n["resized"].shape == (4, 3, 3)
    yield n["middle"], n["image"][2:6, 1:5]


CHECKS = {
    "Class weights": class_weights,
    "ignore_index": ignored,
    "label_smoothing": smoothing,
    "axis": axis,
    "Focal: alpha and soft labels": focal,
    "KL of probabilities": divergence,
    "Binary problems and several labels": binary,
    "Unit features": unit,
    "Pairs and triplets of a batch": pairs_and_triplets,
    "Reductions over pairs": reductions,
    "R-precision, MRR and precision@k": retrieval,
    "AUROC and EER": areas,
    "Calibration: L2 norm and classwise": calibration,
    "Confusion matrices": confusion,
    "Forward mode": forward,
    "jit with NamedSharding": sharded,
    "optax.MultiSteps": micro_batches,
    "Flax NNX": network,
    "equinox": network,
    "haiku": network,
    "Resize of arrays": resized,
}


NOT_TRACED = {  # scikit-learn, or a `jit` of their own
    "Confusion matrices",
    "jit with NamedSharding",
    "Flax NNX",
    "equinox",
    "haiku",
}


def test_every_block_is_checked():
    assert list(BLOCKS) == list(CHECKS)
    assert len(BLOCKS) + 1 == PAGE.count("```python")


@pytest.mark.parametrize("name", CHECKS)
def test_recipe(name):
    imported = re.findall(r"^(?:import|from) (\w+)", BLOCKS[name], re.MULTILINE)
    for package in imported:  # equinox and haiku are not among the requirements
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    for actual, expected in CHECKS[name](names_of(name)):
        np.testing.assert_allclose(actual, expected, rtol=2e-5, atol=1e-6)


def test_calls_that_the_page_says_are_equal():
    assert len(EQUAL) == 7
    for (there, here), of_call in zip(compiled()[2], EQUAL, strict=True):
        np.testing.assert_allclose(here, there, rtol=2e-5, err_msg=str(of_call))


def test_forward_mode_raises_the_message_on_the_page():
    z = np.float32([2.0, 1.0])
    with pytest.raises(TypeError) as error:
        jax.jvp(lambda z: losses.cross_entropy(z, 0), (z,), (z,))
    assert str(error.value).splitlines()[0].strip(".") in PAGE.replace("\n", " ")
