"""The command line of a page."""

import dataclasses
import fcntl
import functools
import io
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import pytest

from adrjax import data, losses, train
from experiments.harness import (
    Best,
    Cell,
    Epochs,
    Figure,
    FromFile,
    Method,
    Quoted,
    Run,
    jobs,
    main,
    page,
)
from experiments.harness.options import Options
from experiments.harness.variants import variant_of
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import CE, HALF, PAGE, RECIPE, run, with_data

ROOT = pathlib.Path(__file__).parents[3]
ONE = ["--rows", "CE", "--seeds", "1"]


def start(workdir, *args, page=PAGE, module=_toy.__name__):
    """Runs a page on one device."""
    options = ["--workdir", str(workdir), "--devices", "1", *args]
    main(page, options, module=module, doc=_toy.__doc__)


@pytest.fixture
def told(tmp_path, capsys):
    """Returns a function that runs a page and returns its lines as one."""

    def told(*args, **options):
        start(tmp_path / "runs", *args, **options)
        return " ".join(capsys.readouterr().out.split())

    return told


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Returns the directory of the runs of the toy with one seed."""
    workdir = tmp_path_factory.mktemp("finished") / "runs"
    start(workdir, "--seeds", "1")
    return workdir


@pytest.fixture(scope="module")
def whole(finished):
    """Returns the table of the toy with two seeds."""
    start(finished)
    return table_of(finished)


def table_of(workdir, name=_toy.__name__):
    """Returns the numbers of a page, without the directories."""
    numbers = json.loads((workdir / name / "table.json").read_text("utf-8"))
    for row in numbers.values():
        for cell in row.values():
            for x in cell["runs"]:
                del x["directories"]
    return numbers


def directories(workdir):
    return {path.parent for path in (workdir / "networks").rglob("finished.json")}


def draw(context):
    path = context.directory / "drawn.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{[*context.results]} {context.is_reduced} {context.smoke}")
    return [path]


def test_a_page_trains_each_network_once_and_prints_its_table(finished, capsys):
    assert len(directories(finished)) == 2  # the columns share them
    start(finished, "--seeds", "1")
    out = capsys.readouterr().out
    assert "epoch" not in out.split("┏")[0]  # nothing is trained
    text = (finished / _toy.__name__ / "table.md").read_text("utf-8")
    assert text.startswith("# A page of seconds: 64 images of noise")
    assert re.search(r"\| half \| weight=0.5 \| 1 \| 8 \| [\d.]+ \(60.0 q\)", text)
    folder = finished / _toy.__name__
    assert f"drew {folder / 'learning_curves.png'}" in out
    for name in ("table.md", "table.json", "learning_curves.png"):
        assert (folder / name).stat().st_size


@pytest.mark.long
def test_rows_columns_and_seeds_are_chosen(told, tmp_path):
    out = told("--rows", "CE", "--columns", "NL", "--seeds", "1")
    assert "CE, seed 0 epoch 2/2" in out and "half" not in out
    (directory,) = directories(tmp_path / "runs")
    assert directory.name == "seed0"
    told("--rows", "CE", "--columns", "NL", "--seeds", "2")
    assert {x.name for x in directories(tmp_path / "runs")} == {"seed0", "seed1"}
    (cell,) = table_of(tmp_path / "runs")["CE"]["NLL"]["runs"]
    assert len({*cell["values"]}) == 2  # the seeds differ
    assert {*table_of(tmp_path / "runs")} == {"CE"}
    assert [*table_of(tmp_path / "runs")["CE"]] == ["NLL"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--rows", "ADR"], r"--rows must be .*got 'ADR'.*\n  CE\n  half"),
        (["--columns", "top5"], r"--columns must be .*got 'top5'.*\n  top1\n  NLL"),
        (["--part", "3/2"], "--part must be I/N"),
        (["--seeds", "0"], "--seeds must be at least 1, got 0"),
        (["--reduced"], "has no reduced variant: its data or networks are too large"),
        (["--bfloat16"], "--bfloat16, toy: Affine must have a field `dtype`"),
    ],
)
def test_a_wrong_option_ends_with_one_message(tmp_path, args, message):
    with pytest.raises(SystemExit, match=f"(?s)ArgumentError: .*{message}"):
        start(tmp_path / "runs", *args)
    assert not directories(tmp_path / "runs")


def test_an_unknown_option_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit) as error:
        start(tmp_path / "runs", "--epochs", "3")
    assert error.value.code == 2
    assert "--epochs" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_two_pages_with_the_same_network_train_it_once(finished, capsys):
    other = dataclasses.replace(
        PAGE, rows=["other"], cell=lambda *_: Cell(run(HALF), "test/top1"), paper=""
    )
    figure = Figure(needs="", full="", draw=draw, runs=lambda: {"CE": run()})
    for own, name in ((other, "experiments.other"), (figure, "experiments.figure")):
        start(finished, "--seeds", "1", page=own, module=name)
        assert "epoch" not in capsys.readouterr().out.split("┏")[0]
    assert len(directories(finished)) == 2
    numbers, before = table_of(finished, "other"), table_of(finished)
    assert numbers["other"]["top1"]["runs"] == before["half"]["top1"]["runs"]
    drawn = (finished / "figure" / "drawn.txt").read_text()
    assert drawn == "[('CE', '')] False False"


def test_a_figure_has_no_columns(tmp_path):
    figure = Figure(needs="", full="", draw=draw, runs=lambda: {"CE": run()})
    with pytest.raises(SystemExit, match="--columns is for tables, and this page is a"):
        start(tmp_path, "--columns", "top1", page=figure)


def test_the_reduced_variant_of_a_figure_has_networks_of_its_own():
    recipe = dataclasses.replace(run().recipe, reduced=run(length=Epochs(1)).recipe)
    whole = {"CE": run(), "half": run(HALF)}
    reduced = {"half": run(HALF, recipe=recipe)}
    figure = Figure(
        needs="", full="", draw=draw, runs=lambda: whole, reduced_runs=lambda: reduced
    )
    shown = []
    for options in (Options(), Options(reduced=True)):
        cells = page.chosen_cells(figure, options, variant_of(options))
        shown.append(
            {name: cell.run.recipe.length for (name, _), cell in cells.items()}
        )
    whole_length = run().recipe.length
    assert shown == [{"CE": whole_length, "half": whole_length}, {"half": Epochs(1)}]


def test_a_figure_without_networks_is_drawn(tmp_path, capsys):
    figure = Figure(needs="", full="", draw=draw)
    start(tmp_path / "runs", "--out", str(tmp_path / "out"), page=figure)
    assert (tmp_path / "out" / "drawn.txt").exists()


def test_quoted_rows_train_nothing(told, tmp_path):
    quoted = dataclasses.replace(PAGE, cell=lambda row, _: Quoted("a paper"), draw=None)
    assert "(60.0 q)" in told(page=quoted)
    assert not directories(tmp_path / "runs")


@pytest.mark.long
def test_parts_train_all_and_the_last_prints_the_table(told, tmp_path, finished):
    workdir = tmp_path / "runs"
    out = told("--seeds", "1", "--part", "2/2")
    assert f"part 2/2 is done; the part that ends last prints {_toy.__name__}." in out
    assert len(directories(workdir)) == 1 and not (workdir / _toy.__name__).exists()
    out = told("--seeds", "1", "--part", "1/2")
    assert "part 1/2 is done" not in out and "A page of seconds" in out
    assert len(directories(workdir)) == 2
    assert table_of(workdir) == table_of(finished)


def test_a_network_in_use_is_refused_by_a_run_and_waited_for_by_a_part(
    told, tmp_path, monkeypatch
):
    directory = run().directory(tmp_path / "runs" / "networks")
    directory.mkdir(parents=True)
    pauses = []
    with (directory / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="InUseError: another process is training"):
            told(*ONE)

        def pause(seconds):
            pauses.append(seconds)
            fcntl.flock(file, fcntl.LOCK_UN)

        monkeypatch.setattr(page.time, "sleep", pause)
        out = told("--seeds", "1", "--part", "1/2")
    assert pauses == [page.PAUSE] and "part 1/2 is done" in out
    assert directories(tmp_path / "runs") == {directory}


def test_an_older_directory_is_refused(tmp_path):
    directory = run().directory(tmp_path / "runs" / "networks")
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"WorkdirError: .* by a version of adrjax"):
        start(tmp_path / "runs", *ONE)


def test_a_missing_file_is_named_before_anything_is_trained(tmp_path):
    file = FromFile("a.npz", "0", _toy.weighted, "the authors")

    def cell(row, column):
        changes = {"start": file} if row == "half" else {}
        return Cell(run(**changes), "test/top1")

    with pytest.raises(
        SystemExit, match=r"DataError: .*a\.npz is not there: put a\.npz"
    ):
        start(tmp_path / "runs", page=dataclasses.replace(PAGE, cell=cell))
    assert not directories(tmp_path / "runs")


def test_missing_data_is_reported_with_the_command_to_prepare_it(tmp_path):
    recipe = with_data(dataset=data.cifar10())
    cifar = dataclasses.replace(
        PAGE, cell=lambda *_: Cell(Run(recipe, CE), "test/top1")
    )
    with pytest.raises(
        SystemExit, match=r"(?s)DataError: cifar10 is not .*adrjax.data"
    ):
        start(tmp_path / "runs", "--data-dir", str(tmp_path), page=cifar)


def test_a_metric_that_the_variant_of_a_network_lacks_is_refused(tmp_path):
    small = dataclasses.replace(RECIPE, name="small", evaluations={})
    lacking = dataclasses.replace(
        PAGE,
        reduced="seconds",
        cell=lambda *_: Cell(run(reduced=small), "test/top1"),
    )
    with pytest.raises(SystemExit, match="of the recipe 'small', got 'test/top1'"):
        start(tmp_path / "runs", "--reduced", page=lacking)


def test_two_networks_that_differ_in_their_evaluations_only_are_refused(tmp_path):
    def cell(row, column):
        more = {} if row == "CE" else {"more": _toy.TEST}
        return Cell(run(evaluations={"test": _toy.TEST, **more}), "test/top1")

    with pytest.raises(SystemExit, match=r"two cells have .*: give both"):
        start(tmp_path / "runs", page=dataclasses.replace(PAGE, cell=cell))


def test_the_reduced_variant_has_its_rows_networks_and_title(told, tmp_path):
    small = dataclasses.replace(RECIPE, name="small", length=Epochs(1))
    own = run(reduced=small)
    grid = [Cell(own, "test/top1"), Cell(run(HALF), "test/top1")]
    variant = dataclasses.replace(
        PAGE,
        reduced="seconds",
        cell=lambda row, column: Best(grid, by="test/NLL"),
        reduced_rows=["CE"],
        reduced_columns=["top1"],
        draw=draw,
    )
    out = told("--reduced", "--scale", "0.5", page=variant)
    assert "two losses (reduced, scale 0.5)" in out
    (directory,) = directories(tmp_path / "runs")
    assert directory.parents[1].name == "small"
    assert train.read_history(directory)[-1]["step"] == 2  # half an epoch
    (start_,) = train.read_provenance(directory)
    assert start_["reduced"] and start_["scale"] == 0.5 and start_["row"] == "CE"
    assert "the paper's number, of networks trained in full" in " ".join(out.split())
    drawn = (tmp_path / "runs" / _toy.__name__ / "drawn.txt").read_text()
    assert drawn.endswith("True False")


def test_a_smoke_run_trains_one_of_the_networks_that_differ_in_numbers():
    variant = variant_of(Options(smoke=True))
    half = variant(run(HALF))
    noisy = with_data(noise=_toy.flip_some)
    assert variant(run(Method(_toy.weighted, {"weight": 0.25}))) is half
    assert variant(run(HALF, dataclasses.replace(RECIPE, ema_decay=0.5))) is not half
    assert variant(run(CE)) is not half
    assert variant(run(HALF, noisy)) is not half
    rates = (functools.partial(_toy.scaled_sgd, rate=x) for x in (0.5, 1e-06))
    one, other = (variant(run(HALF, optimizer=rate)) for rate in rates)
    assert one is other
    plain = variant_of(Options())
    assert plain(run(HALF)).method.settings == {"weight": 0.5}


def test_a_page_that_trains_nothing_needs_no_reduced_variant(told):
    page = Figure(needs="nothing", full="a second", draw=lambda context: [])
    out = told("--reduced", page=page)
    assert "seconds" in out and "(reduced" not in out


def test_a_smoke_run_keeps_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "run", None)  # it is one process
    main(
        PAGE,
        ["--smoke", "--rows", "CE", "--devices", "1", "--jobs", "2"],
        module=_toy.__name__,
        doc=_toy.__doc__,
    )
    out = capsys.readouterr().out
    assert "CE, seed 0 epoch 1/1 step 2" in " ".join(out.split())
    assert "A smoke run: random images, two steps. Nothing was kept." in out
    assert not list(tmp_path.iterdir())


def test_a_worker_trains_what_the_others_leave_and_prints_nothing(finished, capsys):
    start(finished, "--worker", "2/2", "--jobs", "2", "--seeds", "1")
    out = capsys.readouterr().out
    assert "A page of seconds" not in out and "epoch" not in out


def test_a_bug_in_a_loss_keeps_its_traceback(tmp_path, monkeypatch):
    def broken(logits, labels, *, weight):
        raise ValueError("a bug")

    broken.__qualname__ = "broken"
    own = Run(RECIPE, Method(broken, {"weight": 1}))
    buggy = dataclasses.replace(PAGE, cell=lambda *_: Cell(own, "test/top1"))
    with pytest.raises(ValueError, match="a bug"):
        start(tmp_path / "runs", page=buggy)


def test_a_page_prints_question_marks_to_an_ascii_stdout(finished, monkeypatch):
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", file)
    start(finished, "--seeds", "1", page=dataclasses.replace(PAGE, draw=draw))
    assert b"Mean ? standard deviation" in file.buffer.getvalue()
    text = (finished / _toy.__name__ / "table.md").read_text("utf-8")
    assert "Mean ± standard" in text


def test_a_page_writes_its_table_before_it_prints_it(finished, tmp_path, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            if "row" in text:
                raise OSError
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(OSError):
        start(finished, *ONE, "--out", str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"table.md", "table.json"}


def test_a_second_update_and_the_parts_of_a_loss_are_recorded(tmp_path):
    own = Run(RECIPE, Method(_toy.parts, then=Method(losses.complement_entropy)))
    several = dataclasses.replace(
        PAGE,
        rows=["parts"],
        cell=lambda *_: Cell(own, "train_base"),
        paper="",
        draw=draw,
    )
    start(tmp_path, "--seeds", "1", "--parallel", "shard_map", page=several)
    (directory,) = directories(tmp_path)
    record = train.read_history(directory)[-1]
    whole = record["train_base"] + record["train_regularizer"]
    assert record["train_loss"] == pytest.approx(whole)
    assert record["train_then"] < 0
    (first,) = train.read_provenance(directory)
    assert first["parallel"] == "shard_map"
    assert first["packages"]["jax"] and first["devices"]


@pytest.mark.long
def test_a_profile_is_beside_its_run(tmp_path):
    longer = dataclasses.replace(RECIPE, length=Epochs(5))
    own = dataclasses.replace(PAGE, cell=lambda *_: Cell(Run(longer, CE), "test/top1"))
    start(tmp_path, *ONE, "--profile", page=own)
    (directory,) = directories(tmp_path)
    assert list(directory.rglob("*.trace.json.gz"))


def page_process(workdir, *args):
    """Starts the toy page with two jobs, in a group of its own."""
    options = ["--workdir", str(workdir), "--devices", "1", "--jobs", "2", *args]
    return subprocess.Popen(
        [sys.executable, "-m", _toy.__name__, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def workers_of(pid):
    """Returns the processes that a process has started."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(x) for x in children.read_text().split()] if children.exists() else []


@pytest.mark.long
def test_jobs_end_in_the_undisturbed_table(tmp_path, whole):
    process = page_process(tmp_path)
    out, _ = process.communicate()
    assert process.returncode == 0, out
    assert "job 1: " in out and "job 2: " in out and "A page of seconds" in out
    assert table_of(tmp_path) == whole


@pytest.mark.long
def test_sigterm_stops_the_jobs_and_they_continue(tmp_path, whole):
    process = page_process(tmp_path)
    while not [*tmp_path.rglob("metrics.jsonl")]:
        time.sleep(0.01)
        assert process.poll() is None
    children = workers_of(process.pid)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert len(children) == 2
    assert not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children)
    again = page_process(tmp_path)
    out, _ = again.communicate()
    assert again.returncode == 0, out
    assert table_of(tmp_path) == whole


@pytest.mark.long
def test_jobs_that_are_killed_twelve_times_end_in_the_undisturbed_table(
    tmp_path, whole
):
    rng = random.Random(0)
    kills, number = 0, 0
    while kills < 12:
        process = page_process(tmp_path / str(number))
        deadline = time.monotonic() + rng.uniform(3, 12)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        if process.poll() is not None:  # it has ended before, so that another begins
            number += process.returncode == 0
            process.communicate()
            continue
        victims = [process.pid, *workers_of(process.pid)]
        os.kill(rng.choice(victims), signal.SIGKILL)
        kills += 1
        if rng.random() < 0.5:  # the others go on, or the next page meets them
            process.communicate()
    for i in range(number + 1):
        last = page_process(tmp_path / str(i))
        out, _ = last.communicate()
        assert last.returncode == 0, out
        assert table_of(tmp_path / str(i)) == whole
