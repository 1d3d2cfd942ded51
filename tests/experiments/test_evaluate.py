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

import jax
import numpy as np
from PIL import Image
import pytest
from safetensors.numpy import load_file
import yaml

from adrjax import data, losses, train
from experiments import card, mistakes
from experiments.evaluate import main, metrics_of
from experiments.rows import Row, slug
from experiments.trained import load, predict
from tests.experiments.test_table import IMAGES, LABELS, Toy, flip_all, recipe, table

TEST = slice(64, 96)
TOY = (10, (4, 4, 1), (0.5,), (0.25,))
ROOT = pathlib.Path(__file__).parents[2]
FIGURES = {"confusion.png", "reliability.png", "worst.png"}


def page(**changes):
    rows = [
        Row("CE", recipe(), losses.cross_entropy),
        Row("wrong", recipe(noise=flip_all, ema_decay=0.5), losses.cross_entropy),
    ]
    return table(**{"rows": rows, "doc": "A toy of ADR.", **changes})


@pytest.fixture(autouse=True, scope="module")
def toy(tmp_path_factory):
    """Makes the page a module, as `python -m experiments.toy` needs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        put(patch, page())
        yield


def put(patch, table):
    module = types.ModuleType("experiments.toy")
    module.TABLE = table
    patch.setitem(sys.modules, "experiments.toy", module)


@pytest.fixture(scope="module")
def runs(toy, tmp_path_factory):
    workdir = tmp_path_factory.mktemp("runs")
    page().main(["--seeds", "1", "--workdir", str(workdir)])
    return {row.name: workdir / slug(row.name) / "seed0" for row in page().rows}


@pytest.fixture(scope="module")
def evaluated(runs, tmp_path_factory):
    """Evaluates a run with every option; returns the directory and the output."""
    provenance = [{"git": "0ld"}, {"git": "4be5c0", "command": ["/home/me/python"]}]
    (runs["wrong"] / "provenance.json").write_text(json.dumps(provenance))
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
    ("row", "checkpoint"), [("CE", "last"), ("wrong", "best"), ("wrong", 8)]
)
def test_metrics_equal_those_of_the_training(runs, row, checkpoint):
    trained = load(runs[row], checkpoint)
    split = trained.row.recipe.dataset.read("test")
    metrics = metrics_of(trained, predict(trained, split, batch_size=5))
    record = record_of(runs[row], trained.step)
    for name in ("top1", "ECE"):
        np.testing.assert_allclose(metrics[name], record[name], rtol=1e-4)


def test_evaluate_prints_its_metrics_beside_those_of_the_training(runs, evaluated):
    out, printed = evaluated
    assert "wrote README.md, confusion.png, features.npz, metrics.json" in printed
    step = json.loads((out / "metrics.json").read_text())["step"]
    assert f"toy: wrong, seed 0, step {step}, on 32 images of toy, test\n" in printed
    record = record_of(runs["wrong"], step)
    for name in ("top1", "ECE"):
        value = f"{record[name]:.4f}"
        assert re.search(rf"{name} +│ +{value} │ +{value} │", printed)


def test_evaluate_writes_the_mistakes(evaluated):
    out, _ = evaluated
    arrays = np.load(out / "features.npz")
    assert arrays["features"].shape == (32, 16)
    np.testing.assert_array_equal(arrays["labels"], LABELS[TEST])
    right = arrays["logits"].argmax(-1) == arrays["labels"]
    np.testing.assert_allclose(metrics_in(out)["top1"], 100 * right.mean())
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
    variables = load(runs["wrong"], "best").variables
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
        "170 parameters for the 10 classes of `toy`",
        "| loss | `cross_entropy` |",
        "lambda steps: optax.sgd(rate)",
        "| noise | `flip_all` |",
        "Training labels were made wrong",
        "chosen as the best on the test images",
        "| git | `4be5c0` |",
        f"| top1 | {metrics['top1']:.4f} |",
        "row.name == 'wrong'",
        "model.jaxexport",
        "Adaptive Discriminative Regularization",
    ):
        assert part in text, part
    for name in FIGURES:
        assert f"]({name})" in text
    assert "/home" not in text


def test_the_card_has_the_license_and_citations_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"].lower() == card.LICENSE
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "".join(page.read_text("utf-8") for page in pages)
    for name, paper in card.PAPERS.items():
        assert f"| {name} | {paper} |" in text


def test_a_network_without_mistakes_has_no_sheet_of_them(runs, tmp_path):
    trained, split = load(runs["CE"], "last"), recipe().dataset.read("test")
    logits = np.eye(10, dtype=np.float32)[split.labels]
    norms = np.ones(len(logits), np.float32)
    right = train.Predictions(logits, split.labels, norms)
    (tmp_path / "worst.png").touch()
    names = [*"0123456789"]
    assert mistakes.draw_worst(right, split, names, tmp_path / "worst.png") == 0
    assert not list(tmp_path.iterdir())
    metrics = metrics_of(trained, right)
    summary = {"checkpoint": "last", "dataset": "toy", "split": "test", "images": 32}
    text = card.text(
        trained,
        {**summary, "metrics": metrics},
        mistakes.matrix(right),
        names,
        exported=False,
    )
    assert "None of these images was misclassified" in text
    assert "model.jaxexport" not in text and "too good" not in text


class Named(Toy):
    def class_names(self, data_dir=None):
        return tuple(self.name for _ in range(10))


def test_another_data_set_and_split_can_be_evaluated(runs, monkeypatch, capsys):
    def other() -> data.Dataset:
        return dataclasses.replace(recipe().dataset, name="other", std=(9.0,))

    monkeypatch.setattr(data, "other", other, raising=False)
    main([str(runs["CE"]), "--dataset", "other", "--split", "train"])
    assert "64 images of other, train" in capsys.readouterr().out
    out = runs["CE"] / "evaluation"
    assert {x.name for x in out.iterdir()} > FIGURES
    trained = load(runs["CE"], "last")
    split = recipe().dataset.read("train")  # normalized as in the training
    metrics = metrics_of(trained, predict(trained, split, batch_size=64))
    assert metrics_in(out) == pytest.approx(metrics, rel=1e-4)


def test_classes_of_other_names_are_refused(runs, monkeypatch):
    def other() -> data.Dataset:
        return Named("other", *TOY)

    monkeypatch.setattr(data, "other", other, raising=False)
    own = dataclasses.replace(recipe(), dataset=Named("toy", *TOY))
    put(monkeypatch, page(rows=[Row("CE", own, losses.cross_entropy)]))
    with pytest.raises(SystemExit, match="class 0 is 'other' in other, 'toy' in toy"):
        main([str(runs["CE"]), "--dataset", "other"])


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
    with pytest.raises(SystemExit, match=r"(?s)no config\.json.*wrong/seed0"):
        main([str(runs["CE"].parents[1])])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (page(rows=page().rows[1:]), "row 'CE', which experiments.toy does not have"),
        (
            page(rows=[Row("CE", recipe(noise=flip_all), losses.cross_entropy)]),
            "(?s)noise: None then, 'flip_all' now",
        ),
    ],
)
def test_evaluate_of_a_changed_page_lists_the_changes(
    runs, monkeypatch, changed, message
):
    put(monkeypatch, changed)
    with pytest.raises(SystemExit, match=message):
        main([str(runs["CE"])])


def test_evaluate_of_a_run_of_no_page_names_the_page(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"page": "gone", "row": "CE"}))
    with pytest.raises(SystemExit, match=r"page 'gone'.*train\.restore_variables"):
        main([str(tmp_path)])


@pytest.mark.parametrize("name", ["config.json", "metrics.jsonl", "provenance.json"])
def test_evaluate_names_a_damaged_file(runs, tmp_path, name):
    run = shutil.copytree(runs["CE"], tmp_path / "run")
    (run / name).write_text("{\n")
    with pytest.raises(SystemExit, match=rf"WorkdirError: .*{name} is damaged"):
        main([str(run), "--card"])


def test_evaluate_of_data_that_is_not_prepared_says_how_to_prepare_it(
    runs, monkeypatch, tmp_path
):
    class Missing(Toy):
        def read(self, split, data_dir=None):
            return data.Dataset.read(self, split, data_dir)

    recipe_ = dataclasses.replace(recipe(), dataset=Missing("toy", *TOY))
    put(monkeypatch, page(rows=[Row("CE", recipe_, losses.cross_entropy)]))
    with pytest.raises(SystemExit, match=r"(?s)DataError: toy is not prepared"):
        main([str(runs["CE"]), "--data-dir", str(tmp_path)])
