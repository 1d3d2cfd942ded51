"""`experiments.results`: what is kept of a run, and the pages made of it."""

import json
import pathlib

import pytest

from experiments import results
from experiments.command import DataError
from experiments.harness.page import main
from tests.experiments.harness import _toy

RESULTS = pathlib.Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    """Returns the directory of the toy's runs: two seeds of CE, one of the other."""
    workdir = tmp_path_factory.mktemp("results") / "runs"
    for rows, seeds in (("CE", "2"), ("half", "1")):
        args = ["--workdir", str(workdir), "--devices", "1"]
        args += ["--rows", rows, "--seeds", seeds]
        main(_toy.PAGE, args, module="adr.toy", doc=_toy.__doc__)
    return workdir


@pytest.fixture
def out(workdir, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "pages", lambda: {"adr.toy": _toy})
    results.collect(workdir, tmp_path)
    return tmp_path


def test_every_number_of_a_run_is_kept_and_no_path(workdir, out):
    files = sorted((out / "runs").glob("*/*/*.json"))
    assert [path.name for path in files] == ["seed0.json", "seed1.json", "seed0.json"]
    text = files[0].read_text("utf-8")
    assert str(workdir) not in text
    record = json.loads(text)
    assert record["page"] == "adr.toy" and record["row"] == "CE"
    assert record["run"]["method"]["loss"] == "adrjax.losses.cross_entropy"
    assert [x["step"] for x in record["history"]] == [4, 8]
    assert {"revision", "packages", "devices", "time"} <= record.keys()


def test_a_page_has_the_table_of_its_paper_and_how_it_was_computed(workdir, out):
    text = results.write_pages(out)["ADR.md"]
    assert text == (out / "ADR.md").read_text("utf-8")
    header, _, ce, half = [x for x in text.splitlines() if x.startswith("|")]
    assert header.startswith("| row | settings | seeds | steps | top1 | NLL |")
    assert "| CE |  | 2 | 8 |" in ce and "± " in ce and "(60.1±.2)" in ce
    assert "| half | weight=0.5 | 1 | 8 |" in half and "(60.0 q)" in half
    assert "3 networks, 1 minute on 8 x cpu of " in text
    assert "![learning_curves](pictures/adr.toy/learning_curves.png)" in text
    assert (out / "pictures/adr.toy/learning_curves.png").exists()


def test_runs_of_no_page_are_left_out_and_refused(workdir, out, monkeypatch):
    changed = {"other": _toy.PAGE.cell("half", "top1")}
    page = _toy.Table(
        needs="nothing",
        full="seconds",
        rows=[*changed],
        columns=["top1"],
        cell=lambda row, column: changed[row],
    )
    monkeypatch.setattr(_toy, "PAGE", page)
    with pytest.raises(
        DataError, match=r"of a network of a page, and toy/.* is of none"
    ):
        results.page_texts(out)
    assert len(results.collect(workdir, out / "other")) == 1


def test_a_directory_without_finished_runs_is_refused(tmp_path):
    with pytest.raises(
        DataError, match="must have finished runs of pages, and has none"
    ):
        results.collect(tmp_path, tmp_path / "results")


def test_the_pages_are_those_of_the_files():
    texts = {path.name: path.read_text("utf-8") for path in RESULTS.glob("*.md")}
    assert results.page_texts(RESULTS) == texts


def test_a_run_that_lacks_a_number_of_a_page_is_left_out_of_it():
    stored = results.Stored(
        pathlib.Path("seed0.json"),
        {"measured": {"end/ECE": 1.0}, "history": [{"test/top1": 2.0}]},
    )
    assert stored.has("end/ECE") and stored.has("test/top1")
    assert not stored.has("table1/low")
