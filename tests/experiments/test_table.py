"""experiments.table, on random images and a network of one layer."""

import dataclasses
import io
import json
import re
import sys

import flax.linen as nn
import numpy as np
import optax
import pytest

from adrjax import Outputs, data, losses, regularizers, train
from experiments import columns, figure, report
from experiments.columns import ece, top1
from experiments.options import Options
from experiments.rows import Quoted, Recipe, Row, slug
from experiments.table import Table


class Affine(nn.Module):
    @nn.compact
    def __call__(self, x, *, train):
        features = x.reshape(len(x), -1)
        return Outputs(features, nn.Dense(10)(features))


RNG = np.random.default_rng(0)
LABELS = RNG.integers(10, size=96).astype(np.int32)
PATTERNS = RNG.integers(200, size=(10, 4, 4, 1))
IMAGES = (PATTERNS[LABELS] + RNG.integers(55, size=(96, 4, 4, 1))).astype(np.uint8)


class Toy(data.Dataset):
    def read(self, split, data_dir=None):
        part = slice(0, 64) if split == "train" else slice(64, 96)
        return data.Split(IMAGES[part], LABELS[part])


def flip_all(key, labels):
    return (labels + 1) % 10, np.ones(len(labels), bool)


def recipe(rate=0.1, **changes):
    return Recipe(
        dataset=Toy("toy", 10, (4, 4, 1), (0.5,), (0.25,)),
        model=Affine(),
        batch_size=16,
        epochs=2,
        optimizer=lambda steps: optax.sgd(rate),
        **changes,
    )


def table(**changes):
    settings = {
        "name": "toy",
        "doc": "A toy.\n\n    python -m experiments.toy",
        "needs": "nothing",
        "columns": {"top1": top1, "ECE": ece},
        "rows": (
            Quoted("quoted", (50.0, None)),
            Row("CE", recipe(), losses.cross_entropy, (60.0,)),
            Row("CE wrong", recipe(noise=flip_all), losses.cross_entropy),
        ),
        "figures": lambda runs, directory: [],
    }
    return Table(**settings | changes)


@pytest.fixture
def run(tmp_path, capsys):
    def run(*args, **changes):
        table(**changes).main([*args, "--workdir", str(tmp_path / "runs")])
        return capsys.readouterr().out

    return run


def test_columns_are_in_per_cent():
    logits = np.array([[5.0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 9.0]])
    predictions = train.Predictions(logits, np.array([1, 5]), np.array([2.0, 4.0]))
    assert columns.top1(predictions) == 50
    assert columns.top5(predictions) == 100
    assert 0 < columns.ece(predictions) < 100
    assert columns.feature_norm(predictions) == 3


def test_every_row_and_seed_is_trained_and_reported(run, tmp_path):
    out = run("--seeds", "2")
    for name in ("ce", "ce-wrong"):
        for seed in range(2):
            lines = (tmp_path / "runs" / name / f"seed{seed}" / "metrics.jsonl").open()
            assert [json.loads(line)["epoch"] for line in lines] == [1, 2]
    text = (tmp_path / "runs" / "table.md").read_text()
    assert "| quoted |  | quoted | (50.00) |  |  |" in text
    assert "| CE | 2 | 2 |" in text and "±" in text
    assert "chosen on the test set" in out
    seeds = json.loads((tmp_path / "runs" / "table.json").read_text())
    assert [len(history) for history in seeds["CE"]] == [2, 2]


def test_noise_changes_the_training_labels_only(run, tmp_path):
    rows = [
        Row("CE", recipe(0.5), losses.cross_entropy),
        Row("CE wrong", recipe(0.5, noise=flip_all), losses.cross_entropy),
    ]
    out = run("--seeds", "1", "--epochs", "12", "--devices", "1", rows=rows)
    assert re.search(
        r"CE wrong, seed 0: [\d.]+ % of the training labels are wrong", out
    )
    right, wrong = (
        json.loads(path.read_text().splitlines()[-1])
        for path in (
            tmp_path / "runs" / "ce" / "seed0" / "metrics.jsonl",
            tmp_path / "runs" / "ce-wrong" / "seed0" / "metrics.jsonl",
        )
    )
    assert wrong["train_accuracy"] > 0.4 > 0.2 > wrong["top1"] / 100
    assert right["top1"] > 40


def test_a_finished_row_is_not_trained_again(run):
    assert "CE, seed 0  epoch 2/2" in run("--seeds", "1", "--rows", "CE")
    assert "epoch" not in run("--seeds", "1", "--rows", "CE").split("┏")[0]


def test_rows_are_chosen_by_name_or_by_a_part_of_it(run):
    assert "CE wrong, seed 0" not in run("--rows", "CE", "--seeds", "1")
    assert "CE wrong, seed 0" in run("--rows", "wrong", "--seeds", "1")


def test_an_unknown_row_is_refused_with_the_known_ones(run):
    with pytest.raises(SystemExit, match=r"got 'ADR'(.|\n)*quoted\n  CE\n"):
        run("--rows", "ADR")


def test_a_workdir_of_another_configuration_is_refused(run):
    run("--seeds", "1", "--rows", "CE")
    with pytest.raises(SystemExit, match=r"(?s)WorkdirError.*epochs: 2 there, 3 here"):
        run("--seeds", "1", "--rows", "CE", "--epochs", "3")


def test_steps_stop_a_run_early(run):
    assert "step 3" in run("--steps", "3", "--seeds", "1", "--rows", "CE")


def test_a_smoke_run_keeps_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table().main(["--smoke"])
    assert "A smoke run" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_missing_data_is_reported_with_the_command_to_prepare_it(tmp_path):
    on_cifar = dataclasses.replace(recipe(), dataset=data.cifar10())
    cifar = table(rows=[Row("CE", on_cifar, losses.cross_entropy)])
    with pytest.raises(SystemExit, match=r"(?s)cifar10 is not prepared.*adrjax.data"):
        cifar.main(["--data-dir", str(tmp_path), "--workdir", str(tmp_path / "runs")])


def test_the_network_of_a_row_relabels_the_images_of_another(run, tmp_path):
    oracle = Row("oracle", recipe(0.5), losses.cross_entropy)
    noisy = Row("noisy", recipe(0.5, noise=flip_all), losses.cross_entropy)
    corrected = dataclasses.replace(noisy, name="corrected", relabelled_by=oracle)
    out = run(
        "--seeds", "1", "--epochs", "12", "--devices", "1", rows=(noisy, corrected)
    )
    wrong = dict(re.findall(r"(\w+), seed 0: ([\d.]+) % of", out))
    assert float(wrong["noisy"]) == 100 > 30 > float(wrong["corrected"])
    assert (tmp_path / "runs" / "oracle" / "seed0" / "metrics.jsonl").exists()
    record = (tmp_path / "runs" / "corrected" / "seed0" / "metrics.jsonl").read_text()
    assert json.loads(record.splitlines()[-1])["top1"] > 40


def test_train_columns_get_the_true_labels_and_the_loss(run, tmp_path):
    row = Row("CE wrong", recipe(noise=flip_all), losses.mean_absolute_error)
    chosen = {
        "corrupted": columns.corrupted,
        "intact": columns.intact,
        "focus": columns.emphasis_focus,
        "spread": columns.emphasis_spread,
    }
    run(
        "--seeds",
        "1",
        "--epochs",
        "30",
        "--devices",
        "1",
        rows=(row,),
        train_columns=chosen,
    )
    file = tmp_path / "runs" / "ce-wrong" / "seed0" / "metrics.jsonl"
    record = json.loads(file.read_text().splitlines()[-1])
    assert record["train_corrupted"] > 40 > 15 > record["train_intact"]
    assert record["train_focus"] == pytest.approx(0.5, abs=0.25)
    assert 0 < record["train_spread"] < 1
    assert "| spread |" in (tmp_path / "runs" / "table.md").read_text()


def test_a_run_records_its_origin_and_the_parts_of_its_loss(run, tmp_path):
    parts = {
        "base": losses.cross_entropy,
        "regularizer": lambda z, y: 0.1 * regularizers.entropy(z),
    }
    row = Row("parts", recipe(), parts, then=losses.complement_entropy)
    run("--seeds", "1", "--parallel", "shard_map", rows=(row,))
    workdir = tmp_path / "runs" / "parts" / "seed0"
    record = json.loads((workdir / "metrics.jsonl").read_text().splitlines()[-1])
    whole = record["train_base"] + record["train_regularizer"]
    assert record["train_loss"] == pytest.approx(whole)
    assert record["train_then"] < 0
    (start,) = json.loads((workdir / "provenance.json").read_text())
    assert start["parallel"] == "shard_map"
    assert start["training_images"] == 64 and start["wrong_labels"] == 0
    assert start["packages"]["jax"] and len(start["devices"]) == 8


def test_a_changed_run_continues_if_accepted(run, tmp_path):
    run("--seeds", "1", "--rows", "CE")
    run("--seeds", "1", "--rows", "CE", "--epochs", "3", "--accept-changes")
    workdir = tmp_path / "runs" / "ce" / "seed0"
    lines = (workdir / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
    assert json.loads((workdir / "config.json").read_text())["epochs"] == 3
    assert [
        x["step"] for x in json.loads((workdir / "provenance.json").read_text())
    ] == [
        0,
        8,
    ]


def test_a_profile_is_beside_its_run(run, tmp_path):
    run("--seeds", "1", "--rows", "CE", "--epochs", "5", "--profile")
    assert list((tmp_path / "runs" / "ce" / "seed0").rglob("*.trace.json.gz"))


def test_a_missing_option_of_several_processes_is_named():
    with pytest.raises(SystemExit, match=r"belong together, got localhost:1, None, 0"):
        table().main(["--coordinator", "localhost:1", "--process-id", "0"])


def test_slugs_are_file_names():
    assert slug("AlexNet CE+ADR, Eq. (4)") == "alexnet-ce-adr-eq.-4"


def test_options_have_defaults():
    assert Options().seeds == 3 and not Options().smoke


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--seeds", "0"),
        ("--seeds", "-1"),
        ("--epochs", "0"),
        ("--epochs", "-1"),
        ("--steps", "0"),
        ("--steps", "-2"),
        ("--save-every", "0"),
        ("--devices", "0"),
        ("--num-processes", "0"),
        ("--process-id", "-1"),
    ],
)
def test_an_option_out_of_range_is_named(run, tmp_path, option, value):
    message = rf"ArgumentError: {option} must be at least \d, got {value}"
    with pytest.raises(SystemExit, match=message):
        run(option, value)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("rows", [("CE", "ce"), ("CE+ADR", "CE ADR"), ("Compiled",)])
def test_rows_that_share_a_directory_are_refused(rows):
    with pytest.raises(ValueError, match="toy has two rows or columns named"):
        table(rows=[Row(name, recipe(), losses.cross_entropy) for name in rows])
    with pytest.raises(ValueError, match="two rows or columns named 'top1'"):
        table(train_columns={"top1": columns.corrupted})


def test_a_bug_in_a_loss_keeps_its_traceback(run):
    def broken(logits, labels):
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        run("--seeds", "1", rows=[Row("CE", recipe(), broken)])


def test_a_page_prints_question_marks_to_an_ascii_stdout(tmp_path, monkeypatch):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", file)
    row = Row("Müller", recipe(), losses.cross_entropy)
    table(rows=[row]).main(["--seeds", "1", "--workdir", str(tmp_path)])
    assert b"Mean ? standard deviation" in file.buffer.getvalue()
    text = (tmp_path / "table.md").read_text("utf-8")
    assert "Mean ± standard" in text and "| Müller |" in text


def test_a_page_writes_its_files_before_it_prints(tmp_path, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            if "row" in text:
                raise OSError
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(OSError):
        table(figures=figure.of_runs).main(
            ["--seeds", "1", "--rows", "CE", "--workdir", str(tmp_path)]
        )
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {
        "table.md",
        "table.json",
        "learning_curves.png",
        "reliability.png",
    }


def result(**metrics):
    record = {"epoch": 1, "step": 4, "train_loss": 1.0, **metrics, "seconds": 1.0}
    return train.Result([record], np.ones((2, 3)), np.zeros(2, int), None)


def test_the_figures_of_a_table_need_no_column_in_particular(tmp_path):
    runs = {"CE": [result(error=3.0)]}
    assert figure.of_runs(runs, tmp_path) == [tmp_path / "learning_curves.png"]
    figure.reliability(runs, tmp_path / "reliability.png")
    assert len(list(tmp_path.iterdir())) == 2


def test_the_report_prints_a_zero_of_the_paper_and_names_what_is_in_per_cent(tmp_path):
    of_norms = {"top1": top1, "norm": columns.feature_norm}
    row = Row("CE", recipe(), losses.cross_entropy, (0.0, None))
    toy = table(rows=[row], columns=of_norms)
    report.write(toy, [row], {"CE": [result(top1=1.5, norm=2.0)]}, tmp_path)
    text = (tmp_path / "table.md").read_text("utf-8")
    assert "| CE | 1 | 1 | 1.50 (0.00) | 2.00 | 1.50 |" in text
    assert "on the test set. top1: in per cent.\n" in text
    norms = table(columns={"norm": columns.feature_norm})
    assert "per cent" not in report.footnote(norms)
