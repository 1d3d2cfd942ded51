"""The cells of a table, and the paper's numbers."""

import dataclasses

import pytest

from adrjax import train
from experiments.harness import Best, Cell, Quoted, Table
from experiments.harness.table import Printed, cells_of, check_metrics, chosen, parse
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import PAGE, run

ROWS, COLUMNS = ["CE", "lg λ = -2", "GR"], ["20 %", "test error"]
PAPER = """
               20 %     test error
    CE         52.9±.2  1.82e-8      quoted
    lg λ = -2  -        -0.50
    GR         .3       7±0.10
"""


def test_the_numbers_of_the_paper_keep_their_digits_and_deviations():
    assert parse(PAPER, ROWS, COLUMNS) == {
        ("CE", "20 %"): Printed("52.9±.2", is_quoted=True),
        ("CE", "test error"): Printed("1.82e-8", is_quoted=True),
        ("lg λ = -2", "test error"): Printed("-0.50", is_quoted=False),
        ("GR", "20 %"): Printed(".3", is_quoted=False),
        ("GR", "test error"): Printed("7±0.10", is_quoted=False),
    }
    assert parse("", ROWS, COLUMNS) == {}


def test_the_paper_may_have_fewer_rows_and_columns():
    assert [*parse("20 %\nGR  1", ROWS, COLUMNS)] == [("GR", "20 %")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("test error", "40 %", r"columns of the paper's .* among \['20 %'.*\['40 %'\]"),
        ("GR  ", "ADR  ", "rows of the paper's table must be among .* got 'ADR'"),
        ("-0.50", "-0.50  1", "row 'lg λ = -2' of the .* must have 2 cells, got"),
        ("-0.50", "", "row 'lg λ = -2' of the paper's table must have 2 cells, got"),
        ("-0.50", "0,50", "cell 'lg λ = -2', 'test error' of .* or -, got '0,50'"),
        (
            "52.9±.2",
            "52.9±",
            "the cell 'CE', '20 %' of the paper's table must be a num",
        ),
        ("7±0.10", "7 ± 0.10", "the cell 'GR', 'test error' .* got '7 ± 0.10'"),
        ("GR  ", "CE  ", "must have each row and column once, got 'CE' twice"),
        ("test error", "20 %", "must have each row and column once, got '20 %' twice"),
    ],
)
def test_an_error_of_the_papers_table_names_its_place(old, new, message):
    with pytest.raises(ValueError, match=message):
        parse(PAPER.replace(old, new), ROWS, COLUMNS)


def test_a_page_parses_its_table_when_it_is_asked_for():
    page = dataclasses.replace(PAGE, paper="top5\nCE  1")
    with pytest.raises(ValueError, match="the columns of the paper's table"):
        _ = page.printed
    assert PAGE.printed["CE", "top1"].text == "60.1±.2"


def test_names_are_chosen_exactly_or_by_a_part():
    names = ["CE", "CE+ADR", "CE+GSC"]
    assert chosen(names, [], "rows") == names
    assert chosen(names, ["CE"], "rows") == ["CE"]
    assert chosen(names, ["GSC", "A"], "rows") == ["CE+ADR", "CE+GSC"]
    assert chosen(names, ["+"], "rows") == ["CE+ADR", "CE+GSC"]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        train.ArgumentError,
        match=r"--columns must be .*, got 'top5'; the columns .* are\n  a\n  b$",
    ):
        chosen(["a", "b"], ["a", "top5"], "columns")


def test_columns_stand_for_what_the_cell_gets():
    table = Table(
        needs="",
        full="",
        rows=["a", "b"],
        columns={"20 %": 0.2, "40 %": 0.4},
        cell=lambda row, rate: Quoted(f"{row} {rate}"),
    )
    assert table.cells(["b"], ["40 %"]) == {("b", "40 %"): Quoted("b 0.4")}
    assert PAGE.stands_for == {"top1": "top1", "NLL": "NLL"}


def test_cells_and_metrics_of_each_kind():
    cell, other = (Cell(run(method), "test/top1") for method in (_toy.CE, _toy.HALF))
    best = Best([cell, other], by="test/NLL")
    assert cells_of(cell) == [cell] and cells_of(best) == [cell, other]
    assert cells_of(None) == cells_of(Quoted("a")) == ()
    for content in (cell, best, None, Quoted("a"), Cell(run(), "train_loss")):
        check_metrics(content)


@pytest.mark.parametrize(
    "content",
    [
        Cell(run(), "test/top5"),
        Cell(run(), "top1"),
        Best([Cell(run(), "test/top1")], by="held-out/top1"),
        Best([Cell(run(), "test/top1"), Cell(run(evaluations={}), "test/top1")], "a"),
    ],
)
def test_a_metric_that_the_network_does_not_have_is_refused(content):
    with pytest.raises(
        train.ArgumentError,
        match="must be one of test/top1, test/NLL of the recipe 'toy', got",
    ):
        check_metrics(content)
