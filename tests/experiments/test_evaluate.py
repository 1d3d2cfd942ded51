"""experiments.evaluate, on random images and a network of one layer."""

import contextlib
import csv
import dataclasses
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import types

import flax.linen as nn
import jax
import numpy as np
import optax
from PIL import Image
import pytest
from safetensors.numpy import load_file
import yaml

from adrjax import Outputs, data, losses
from experiments import card, harness, mistakes
from experiments.evaluate import Measured, main
from experiments.harness import (
    Best,
    Cell,
    Classification,
    Data,
    Epochs,
    FromRun,
    Method,
    Recipe,
    Run,
    Table,
    Verification,
)
from experiments.harness.metrics import CORRUPTED, ECE, INTACT, TOP1
from experiments.trained import load

ROOT = pathlib.Path(__file__).parents[2]
FIGURES = {"confusion.png", "reliability.png", "worst.png"}
RNG = np.random.default_rng(0)
LABELS = RNG.integers(10, size=96).astype(np.int32)
PATTERNS = RNG.integers(200, size=(10, 4, 4, 1))
IMAGES = (PATTERNS[LABELS] + RNG.integers(55, size=(96, 4, 4, 1))).astype(np.uint8)
TEST = slice(64, 96)


class Affine(nn.Module):
    dtype: object = None

    @nn.compact
    def __call__(self, x, *, train):
        features = x.reshape(len(x), -1)
        return Outputs(features, nn.Dense(10, dtype=self.dtype)(features))


class Toy(data.Dataset):
    def read(self, split, data_dir=None):
        part = slice(0, 64) if split == "train" else TEST
        return data.Split(IMAGES[part], LABELS[part])


class Sizes(Toy):
    """Images of several sizes, which can be read with a crop only."""

    def read(self, split, data_dir=None):
        raise ValueError("images of several sizes need a crop")

    def stream(self, split, data_dir=None, *, crop=None, num_workers=0):
        whole = Toy.read(self, split)
        if crop is None:
            return self.read(split)
        return data.Split(whole.images[:, : crop.size, : crop.size], whole.labels)


class Pairs(data.Pairs):
    def read(self, data_dir=None):
        items = np.arange(32, dtype=np.int32)
        same = LABELS[TEST] == np.roll(LABELS[TEST], 1)
        same[::3] = True
        return data.PairSplit(IMAGES[TEST], items, items, np.roll(items, 1), same)


def sgd(steps):
    return optax.sgd(0.1)


def flip_all(key, labels):
    return (labels + 1) % 10, np.ones(len(labels), bool)


def top_left(image):
    return image[None, :3, :3]


TOY = Toy("toy", 10, (4, 4, 1), (0.5,), (0.25,))
CLEAN = Recipe(
    name="toy",
    data=Data(dataset=TOY),
    model=Affine(),
    batch_size=16,
    length=Epochs(2),
    optimizer=sgd,
    evaluations={"test": Classification({"top1": TOP1, "ECE": ECE})},
)
ON_TRAIN = Classification(
    {"corrupted": CORRUPTED, "intact": INTACT}, split="train", at_end=True
)
CE = Method(losses.cross_entropy)


def noisy(recipe, noise=flip_all):
    return dataclasses.replace(
        recipe, data=dataclasses.replace(recipe.data, noise=noise)
    )


WRONG = dataclasses.replace(
    noisy(CLEAN),
    name="toy wrong",
    ema_decay=0.5,
    evaluations=CLEAN.evaluations | {"train": ON_TRAIN},
)
CROPPED = dataclasses.replace(
    CLEAN,
    name="toy cropped",
    data=Data(dataset=Sizes("sizes", 10, None, (0.5,), (0.25,)), crop=data.Squash(3)),
    evaluations={"test": Classification({"top1": TOP1}, crop=data.Squash(3))},
)
PAIRS = Pairs("pairs", 32, (4, 4, 1), "", "")
FACES = dataclasses.replace(
    CLEAN,
    name="toy faces",
    evaluations={"pairs": Verification(PAIRS, mirror=False)},
)
RECIPES = {"CE": CLEAN, "wrong": WRONG, "cropped": CROPPED, "faces": FACES}
RELABELLED = dataclasses.replace(
    CLEAN,
    name="toy relabelled",
    data=Data(dataset=TOY, relabelled_by=FromRun(WRONG, CE)),
)
GRID = {"alpha": 0.1}, {"alpha": 0.2}


def smooth(logits, labels, *, alpha):
    return (1 - alpha) * losses.cross_entropy(logits, labels)


def cell(row, metric):
    if row == "grid":
        cells = [Cell(Run(CLEAN, Method(smooth, x)), "test/top1") for x in GRID]
        return Best(cells, by="test/top1")
    if row == "relabelled":
        return Cell(Run(RELABELLED, CE), "test/top1")
    recipe = RECIPES[row]
    name = "pairs/accuracy" if row == "faces" else "test/top1"
    return Cell(Run(recipe, CE), name)


def page(rows=("CE", "wrong", "cropped", "faces", "relabelled", "grid"), cell=cell):
    return Table(
        needs="nothing", full="seconds", rows=rows, columns=["top1"], cell=cell
    )


def put(patch, page):
    """Makes a page a module, as `python -m experiments.toy` needs it."""
    module = types.ModuleType("experiments.toy", "A toy of ADR.\n\nThe rest.")
    module.PAGE = page
    patch.setitem(sys.modules, "experiments.toy", module)


@pytest.fixture(autouse=True, scope="module")
def toy(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        put(patch, page())
        yield


def trained(rows, workdir, *flags):
    """Trains rows of the page; returns the directories of the first cells."""
    chosen = [x for row in rows for x in ("--rows", row)]
    harness.main(
        page(),
        [*chosen, "--seeds", "1", "--devices", "1", "--workdir", str(workdir), *flags],
        module="experiments.toy",
        doc="A toy of ADR.",
    )
    table = json.loads((workdir / "toy" / "table.json").read_text())
    return {
        row: [pathlib.Path(x["directories"][0]) for x in table[row]["top1"]["runs"]]
        for row in rows
    }


@pytest.fixture(scope="module")
def runs(toy, tmp_path_factory):
    found = trained(["CE", "wrong"], tmp_path_factory.mktemp("runs"))
    return {row: directory for row, (directory,) in found.items()}


@pytest.fixture(scope="module")
def evaluated(runs, tmp_path_factory):
    """Evaluates a run with every option; returns the directory and the output."""
    out, printed = tmp_path_factory.mktemp("out"), io.StringIO()
    flags = ["--checkpoint", "best", "--features", "--export", "--card"]
    with contextlib.redirect_stdout(printed):
        main([str(runs["wrong"]), "--out", str(out), *flags])
    return out, printed.getvalue()


def record_of(run, step):
    lines = (run / "metrics.jsonl").read_text().splitlines()
    (record,) = (r for r in map(json.loads, lines) if r["step"] == step)
    return record


def metrics_in(out):
    return json.loads((out / "metrics.json").read_text())["metrics"]


@pytest.mark.parametrize(
    ("row", "checkpoint"),
    [
        ("CE", "last"),
        pytest.param("wrong", "best", marks=pytest.mark.long),
        pytest.param("wrong", 8, marks=pytest.mark.long),
    ],
)
def test_metrics_equal_those_of_the_training(runs, tmp_path, row, checkpoint):
    flags = ["--checkpoint", str(checkpoint), "--batch-size", "5"]
    main([str(runs[row]), "--out", str(tmp_path), *flags])
    summary = json.loads((tmp_path / "metrics.json").read_text())
    record = record_of(runs[row], summary["step"])
    for name in ("test/top1", "test/ECE"):
        np.testing.assert_allclose(summary["metrics"][name], record[name], rtol=1e-4)


def test_evaluations_at_the_end_equal_those_of_the_training(runs, tmp_path, capsys):
    main([str(runs["wrong"]), "--out", str(tmp_path)])
    file = runs["wrong"] / "evaluations" / "train.json"
    recorded = json.loads(file.read_text())["numbers"]
    printed = capsys.readouterr().out
    for name, value in recorded.items():
        np.testing.assert_allclose(metrics_in(tmp_path)[f"train/{name}"], value)
        number = f"{value:.2f}"
        assert re.search(rf"train/{name} +│ +{number} │ +{number} │ %", printed)


def test_evaluate_prints_its_metrics_beside_those_of_the_training(runs, evaluated):
    out, printed = evaluated
    assert "wrote README.md, confusion.png, features.npz, metrics.json" in printed
    step = json.loads((out / "metrics.json").read_text())["step"]
    assert f"toy: wrong, seed 0, step {step}, on 32 images of toy, test\n" in printed
    record = record_of(runs["wrong"], step)
    for name, better in (("top1", "higher"), ("ECE", "lower")):
        value = f"{record[f'test/{name}']:.2f}"
        line = rf"test/{name} +│ +{value} │ +{value} │ % +│ {better}"
        assert re.search(line, printed)


def test_evaluate_writes_the_mistakes(evaluated):
    out, _ = evaluated
    arrays = np.load(out / "features.npz")
    assert arrays["features"].shape == (32, 16)
    np.testing.assert_array_equal(arrays["labels"], LABELS[TEST])
    right = arrays["logits"].argmax(-1) == arrays["labels"]
    np.testing.assert_allclose(metrics_in(out)["test/top1"], 100 * right.mean())
    rows = list(csv.DictReader((out / "per_class.csv").open()))
    assert [int(row["images"]) for row in rows] == [*np.bincount(LABELS[TEST])]
    hits = sum(float(row["recall"]) * int(row["images"]) for row in rows)
    assert hits == pytest.approx(right.sum())
    for name in FIGURES:
        assert min(Image.open(out / name).size) > 200


def test_the_exported_program_needs_only_jax(evaluated, tmp_path):
    out, _ = evaluated
    images, file = IMAGES[TEST], out / "model.jaxexport"
    np.savez(tmp_path / "images.npz", one=images[:1], seven=images[:7])
    code = (
        "import pathlib, sys, jax, numpy as np; from jax import export\n"
        f"network = export.deserialize(pathlib.Path({str(file)!r}).read_bytes())\n"
        "given = np.load('images.npz')\n"
        "np.savez('logits.npz', **{k: network.call(given[k]) for k in given})\n"
        "print(network.platforms, {'flax', 'adrjax', 'experiments'} & {*sys.modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.stdout.strip() == "('cpu', 'cuda', 'tpu') set()", run.stderr
    logits, wanted = np.load(tmp_path / "logits.npz"), np.load(out / "features.npz")
    for name, n in {"one": 1, "seven": 7}.items():
        np.testing.assert_allclose(logits[name], wanted["logits"][:n], atol=1e-5)


def test_the_exported_weights_are_those_of_the_run(evaluated, runs):
    weights = load_file(evaluated[0] / "weights.safetensors")
    variables = load(runs["wrong"], "best").network.variables
    named = jax.tree.leaves_with_path(variables)
    assert len(weights) == len(named) == 2
    for path, x in named:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        np.testing.assert_array_equal(weights[name], x)


def test_the_card_has_settings_and_measurements(evaluated):
    out, _ = evaluated
    _, front, text = (out / "README.md").read_text().split("---\n", 2)
    front, metrics = yaml.safe_load(front), metrics_in(out)
    (result,) = front["model-index"][0]["results"]
    assert front["library_name"] == "adrjax"
    assert result["dataset"] == {"name": "toy", "type": "toy", "split": "test"}
    assert {m["name"]: m["value"] for m in result["metrics"]} == {
        name: round(value, 4) for name, value in metrics.items()
    }
    for part in (
        "# toy: wrong, seed 0",
        "170 parameters for the 10 classes of `toy`, images of 4 x 4 x 1",
        "adrjax.losses.cross_entropy",
        f"| optimizer | `{__name__}.sgd` |",
        f"{__name__}.flip_all",
        "100.00 % of the training labels are wrong",
        "chosen as the best by `test/top1`; its numbers are too good",
        "| git | ",
        f"| test/top1 | {metrics['test/top1']:.2f} | % | higher is better |",
        "| test/feature_norm |",
        "trained = load(pathlib.Path(RUN)",
        "model.jaxexport",
        "Adaptive Discriminative Regularization",
    ):
        assert part in text, part
    for name in FIGURES:
        assert f"]({name})" in text
    assert sys.executable not in text and "| command |" not in text


def test_the_card_has_the_license_and_citations_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"].lower() == card.LICENSE
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "".join(page.read_text("utf-8") for page in pages)
    for name, paper in card.PAPERS.items():
        linked = rf"\| \[{name}\]\(\S+\) \| {re.escape(paper)} \|"
        assert re.search(linked, text), name


def test_a_network_without_mistakes_has_no_sheet_of_them(runs, tmp_path):
    labels = LABELS[TEST]
    right = mistakes.Classes(labels, labels, np.ones(len(labels), np.float32))
    (tmp_path / "worst.png").touch()
    names = [*"0123456789"]
    split = TOY.read("test")
    assert mistakes.draw_worst(right, split, names, tmp_path / "worst.png") == 0
    assert not list(tmp_path.iterdir())
    counts = mistakes.matrix(right, 10)
    found = card.Classified("test", WRONG.evaluations["test"], "toy", counts, names)
    measured = {
        f"test/{name}": Measured(TOP1, 100.0) for name in ("top1", "confidence")
    }
    summary = {"checkpoint": "last", "images": 32}
    text = card.text(load(runs["CE"], "last"), summary, measured, found, exported=False)
    assert "None of these images was misclassified" in text
    assert "model.jaxexport" not in text and "too good" not in text


class Named(Toy):
    def class_names(self, data_dir=None):
        return tuple(self.name for _ in range(10))


def with_data_sets(monkeypatch, **datasets):
    known = data.catalogue() | datasets
    monkeypatch.setattr(data, "catalogue", lambda: known)


@pytest.mark.long
def test_another_data_set_and_split_can_be_evaluated(runs, monkeypatch, capsys):
    other = dataclasses.replace(TOY, name="other", std=(9.0,))
    with_data_sets(monkeypatch, other=other)
    main([str(runs["CE"]), "--dataset", "other", "--split", "train"])
    assert "64 images of other, train" in capsys.readouterr().out
    out = runs["CE"] / "evaluation"
    assert {x.name for x in out.iterdir()} > FIGURES
    # Normalized as in the training.
    predictions = load(runs["CE"], "last").network.predict(TOY.read("train"))
    right = predictions.classes == predictions.labels
    found = metrics_in(out)["other train/top1"]
    assert found == pytest.approx(100 * right.mean(), rel=1e-4)


def test_the_training_split_has_the_labels_trained_with(runs, tmp_path, capsys):
    main([str(runs["wrong"]), "--split", "train", "--out", str(tmp_path)])
    assert "64 images of toy, train" in capsys.readouterr().out
    recorded = json.loads((runs["wrong"] / "evaluations/train.json").read_text())
    corrupted = recorded["numbers"]["corrupted"]
    np.testing.assert_allclose(metrics_in(tmp_path)["train/top1"], corrupted, rtol=1e-5)
    assert "test/top1" not in metrics_in(tmp_path)


def test_classes_of_other_names_are_refused(runs, monkeypatch):
    with_data_sets(monkeypatch, other=Named("other", *dataclasses.astuple(TOY)[1:5]))
    monkeypatch.setattr(Toy, "class_names", Named.class_names)
    with pytest.raises(SystemExit, match="class 0 is 'other' in other, 'toy' in toy"):
        main([str(runs["CE"]), "--dataset", "other"])


@pytest.mark.long
def test_images_of_several_sizes_are_evaluated_by_the_crop_of_the_recipe(tmp_path):
    ((run,),) = trained(["cropped"], tmp_path).values()
    main([str(run), "--export", "--features"])
    out = run / "evaluation"
    record = record_of(run, 8)
    np.testing.assert_allclose(
        metrics_in(out)["test/top1"], record["test/top1"], rtol=1e-4
    )
    network = jax.export.deserialize((out / "model.jaxexport").read_bytes())
    wanted = np.load(out / "features.npz")["logits"]
    logits = network.call(IMAGES[TEST][:, :3, :3])
    np.testing.assert_allclose(logits, wanted, atol=1e-5)
    assert {x.name for x in out.iterdir()} > FIGURES


@pytest.mark.long
def test_a_recipe_without_classification_has_its_evaluations_and_features(tmp_path):
    ((run,),) = trained(["faces"], tmp_path).values()
    main([str(run), "--export", "--card"])
    out = run / "evaluation"
    recorded = json.loads((run / "evaluations/pairs.json").read_text())["numbers"]
    assert metrics_in(out) == {f"pairs/{k}": x for k, x in recorded.items()}
    assert not {x.name for x in out.iterdir()} & FIGURES
    assert "features = network.call" in (out / "README.md").read_text()
    network = jax.export.deserialize((out / "model.jaxexport").read_bytes())
    np.testing.assert_allclose(
        network.call(IMAGES[:2]), TOY.normalize(IMAGES[:2]).reshape(2, -1), atol=1e-5
    )
    with pytest.raises(SystemExit, match="--split is for networks that classify"):
        main([str(run), "--split", "test"])


@pytest.mark.long
def test_variants_grids_and_sources_are_found_again(tmp_path, capsys):
    flags = ["--scale", "0.5", "--bfloat16"]
    found = trained(["relabelled", "grid"], tmp_path, *flags)
    every = [path for paths in found.values() for path in paths]
    (source,) = {
        path.parent for path in (tmp_path / "networks/toy-wrong").rglob("config.json")
    }
    names, _ = [], capsys.readouterr()
    for run in (*every, source):
        main([str(run), "--split", "train"])
        printed = capsys.readouterr().out
        names += re.findall("^(toy: .*), step", printed, re.MULTILINE)
        top1 = re.search(r"train/top1 +│ +([\d.]+)", printed)[1]
        accuracy = 100 * record_of(run, 4)["train_accuracy"]
        assert float(top1) >= 0.5 * accuracy
    assert names == [
        "toy: relabelled, seed 0",
        "toy: toy, smooth alpha=0.1, seed 0",
        "toy: toy, smooth alpha=0.2, seed 0",
        "toy: toy wrong, cross_entropy, seed 0",
    ]
    provenance = json.loads((every[0] / "provenance.json").read_text())[0]
    assert (provenance["row"], provenance["column"]) == ("relabelled", "top1")
    assert (provenance["scale"], provenance["bfloat16"]) == (0.5, True)
    # The source is needed for the labels, and is not trained again.
    shutil.rmtree(source)
    with pytest.raises(SystemExit, match=r"labels .* are those of toy wrong"):
        main([str(every[0]), "--split", "train"])
    assert not source.exists()
    main([str(every[0])])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--checkpoint", "5"], "CheckpointError: .*no checkpoint of step 5; .* 4, 8"),
        (
            ["--dataset", "imagenet"],
            "--dataset must be one of .*cifar100.*, got 'imagenet'",
        ),
        (["--dataset", "cifar100"], r"is for 10 classes and images of \(4, 4, 1\)"),
        (["--batch-size", "0"], "ArgumentError: batch_size must be at least 1, got 0"),
    ],
)
def test_evaluate_lists_the_choices_of_a_wrong_one(runs, arguments, message):
    with pytest.raises(SystemExit, match=message):
        main([str(runs["CE"]), *arguments])


def test_evaluate_of_a_directory_of_runs_lists_them(runs):
    with pytest.raises(SystemExit, match=r"(?s)no config\.json.*toy-wrong/.*/seed0"):
        main([str(runs["CE"].parents[2])])


def changed(row, metric):
    return Cell(Run(noisy(CLEAN), CE), "test/top1")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (page(rows=["wrong"]), "row 'CE', which experiments.toy does not have"),
        (
            dataclasses.replace(page(), columns=["ECE"]),
            "column 'top1', which experiments.toy does not have",
        ),
        (
            page(cell=changed),
            rf"data.noise: None then, '{__name__}.flip_all' now\nCheck out",
        ),
        (
            page(cell=lambda row, metric: None),
            "experiments.toy does not train any more",
        ),
    ],
)
def test_evaluate_of_a_changed_page_lists_the_changes(
    runs, monkeypatch, changed, message
):
    put(monkeypatch, changed)
    with pytest.raises(SystemExit, match=message):
        main([str(runs["CE"])])


def test_evaluate_of_a_run_of_no_page_names_the_page(runs, tmp_path):
    run = shutil.copytree(runs["CE"], tmp_path / "run")
    (start,) = json.loads((run / "provenance.json").read_text())
    (run / "provenance.json").write_text(json.dumps([{**start, "page": "gone.page"}]))
    with pytest.raises(SystemExit, match=r"page gone\.page,.*train\.restore_variables"):
        main([str(run)])
    (run / "provenance.json").unlink()
    with pytest.raises(SystemExit, match=r"does not name a page.*restore_variables"):
        main([str(run)])


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "provenance.json"])
def test_evaluate_names_a_damaged_file(runs, tmp_path, name):
    run = shutil.copytree(runs["CE"], tmp_path / "run")
    (run / name).write_text("{\n")
    with pytest.raises(SystemExit, match=rf"WorkdirError: .*{name} is damaged"):
        main([str(run), "--card"])


def test_evaluate_of_data_that_is_not_prepared_says_how_to_prepare_it(
    runs, monkeypatch, tmp_path
):
    monkeypatch.setattr(Toy, "read", data.Dataset.read)
    with pytest.raises(SystemExit, match=r"(?s)DataError: toy is not prepared"):
        main([str(runs["CE"]), "--data-dir", str(tmp_path)])
