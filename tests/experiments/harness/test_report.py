"""The table for people and for programs, from synthetic results."""

import dataclasses
import json
import pathlib

import pytest
from rich.console import Console

from experiments.harness import Best, Cell, Method, Metric, Quoted, Table
from experiments.harness.report import choose, footnote, text_of, write
from experiments.harness.result import Result
from tests.experiments.harness import _toy
from tests.experiments.harness._toy import CE, TEST, run

HELD_OUT = dataclasses.replace(TEST, split="held-out")
EVALUATIONS = {"test": TEST, "held-out": HELD_OUT}
WEIGHTS = (0.5, 1.0, 2.0)
GRID = {
    w: run(Method(_toy.weighted, {"weight": w, "a": 1}), evaluations=EVALUATIONS)
    for w in WEIGHTS
}
PLAIN = run(CE, evaluations=EVALUATIONS)
# The test accuracy is best at 1, the held-out accuracy at 2, the error of both at 0.5.
TOP1 = {0.5: 50.0, 1.0: 70.0, 2.0: 60.0}
HELD = {0.5: 50.0, 1.0: 60.0, 2.0: 70.0}


def results_of(run, *top1, ece=1.0, held_out=0.0):
    return [
        Result(
            run.with_seed(seed),
            pathlib.Path(f"runs/{seed}"),
            [
                {
                    "epoch": 1,
                    "step": 1000,
                    "test/top1": value + 1,
                    "test/NLL": ece,
                    "held-out/top1": held_out,
                    "held-out/NLL": ece,
                },
                {
                    "epoch": 2,
                    "step": 2000,
                    "test/top1": value,
                    "test/NLL": ece,
                    "held-out/top1": held_out,
                    "held-out/NLL": ece,
                },
            ],
            {},
        )
        for seed, value in enumerate(top1)
    ]


RESULTS = {PLAIN.identity: results_of(PLAIN, 49.0, 51.0)} | {
    GRID[w].identity: results_of(GRID[w], TOP1[w], ece=w, held_out=HELD[w])
    for w in WEIGHTS
}


def cell(row, column):
    if row == "D2L":
        return Quoted("Ma et al., 2018")
    if row == "none":
        return None
    name, at = column
    if row == "CE":
        return Cell(PLAIN, name, at)
    return Best([Cell(x, name) for x in GRID.values()], by="held-out/top1")


COLUMNS = {
    "top1": ("test/top1", "last"),
    "NLL": ("test/NLL", "last"),
    "best": ("test/top1", "best"),
}
TABLE = Table(
    needs="",
    full="",
    rows=["CE", "D2L", "grid", "none"],
    columns=COLUMNS,
    cell=cell,
    paper="""
              top1     NLL
        CE    52.9±.2  0.0
        D2L   53       -      quoted
        grid  70.0     .5
    """,
    notes=["A note."],
)


def written(tmp_path, rows=TABLE.rows, columns=("top1", "NLL"), table=TABLE):
    cells = table.cells(rows, columns)
    grid, below = write(table, cells, RESULTS, tmp_path / "out", "A title")
    text = (tmp_path / "out" / "table.md").read_text("utf-8")
    return grid, below, text


def test_the_table_has_ours_beside_the_papers_numbers(tmp_path):
    _, below, text = written(tmp_path, ["CE", "D2L", "none"])
    assert text.startswith("# A title\n\n| row | seeds | steps | top1 | NLL |\n")
    assert "| CE | 2 | 2,000 | 50.00 ± 1.41 (52.9±.2) | 1.0000 ± 0.0000 (0.0) |" in text
    assert "| D2L |  |  | (53 q) | - |" in text
    assert "| none" not in text  # neither a cell nor a number of the paper
    assert text.endswith(f"\n\n{below}\n") and below.endswith("\nA note.")


def test_the_best_of_a_grid_is_chosen_in_three_ways(tmp_path):
    _, below, text = written(tmp_path, ["grid"])
    lines = [line for line in text.splitlines() if line.startswith("| grid")]
    assert lines == [
        "| grid, chosen on the test set | 1 | 2,000 | 70.00 [weight=1.0] (70.0) "
        "| 0.5000 [weight=0.5] (.5) |",
        "| grid, chosen by held-out/top1 | 1 | 2,000 | 60.00 [weight=2.0] "
        "| 2.0000 [weight=2.0] |",
        "| grid, mean over the grid | 1 | 2,000 | 60.00 | 1.1667 |",
    ]
    assert "The best of a grid is printed as the paper chooses it" in below


def test_a_grid_without_held_out_images_has_no_choice_by_them(tmp_path):
    def chosen_on_test(row, column):
        return dataclasses.replace(cell(row, column), by=None)

    table = dataclasses.replace(TABLE, cell=chosen_on_test)
    text = written(tmp_path, ["grid"], table=table)[2]
    lines = [x.split("|")[1].strip() for x in text.splitlines() if "| grid" in x]
    assert lines == ["grid, chosen on the test set", "grid, mean over the grid"]


def test_a_grid_and_a_network_share_a_row(tmp_path):
    def mixed(row, column):
        return cell("grid" if column[0] == "test/top1" else "CE", column)

    table = dataclasses.replace(TABLE, cell=mixed, paper="")
    text = written(tmp_path, ["grid"], table=table)[2]
    assert (
        "| grid, chosen on the test set | 1 | 2,000 | 70.00 [weight=1.0] | 1.0000 ± "
        in text
    )
    assert "| grid, mean over the grid | 1 | 2,000 | 60.00 |  |" in text


def test_the_footnote_names_units_directions_and_choices():
    lines = footnote(TABLE, TABLE.cells(["CE"], [*COLUMNS])).split("\n")
    assert lines[0] == (
        "Mean ± standard deviation over the seeds (n - 1), after the last step. In "
        "brackets: the paper's number, q if it has it from another paper."
    )
    assert lines[1:3] == [
        "top1, best: in %, higher is better.",
        "NLL: in nats, lower is better.",
    ]
    assert lines[3].startswith("* The best of all records, chosen by this very number")
    bare = dataclasses.replace(TABLE, paper="", notes=())
    assert footnote(bare, bare.cells(["D2L"], ["top1"])).endswith(
        "after the last step."
    )


def test_a_metric_without_a_direction_has_none_in_the_footnote():
    evaluation = dataclasses.replace(TEST, metrics={"norm": Metric(str, better=None)})
    own = run(evaluations={"test": evaluation})
    table = dataclasses.replace(TABLE, cell=lambda *_: Cell(own, "test/norm"))
    assert "better" not in footnote(table, table.cells(["CE"], ["top1"]))


def test_the_best_record_is_marked(tmp_path):
    _, _, text = written(tmp_path, ["CE"], ["best"])
    assert "| best* |" in text and "| 51.00 ± 1.41 |" in text


@pytest.mark.parametrize(
    ("values", "digits", "text"),
    [
        ([50.0], 2, "50.00"),
        ([50.0, 52.0], 2, "51.00 ± 1.41"),
        ([0.1234], 3, "0.123"),
        ([0.0], 2, "0.00"),
        ([1.82e-8], 2, "1.82e-08"),
        ([1e-8, 3e-8], 2, "2e-08 ± 1e-08"),
        ([-0.004], 2, "-0.004"),
        ([99.123, 99.123], 1, "99.1 ± 0.0"),
    ],
)
def test_a_number_has_the_digits_of_its_metric_or_three(values, digits, text):
    assert text_of(values, digits) == text


def test_the_lowest_is_the_best_if_lower_is_better():
    cells = [Cell(GRID[w], "test/NLL") for w in WEIGHTS]
    assert choose(cells, None, RESULTS).run == GRID[0.5]
    assert choose(cells, "held-out/top1", RESULTS).run == GRID[2.0]


def test_settings_that_a_row_shares_are_a_column(tmp_path):
    table = dataclasses.replace(
        TABLE,
        cell=lambda row, column: Cell(GRID[0.5 if column == "a" else 1.0], "test/top1"),
        columns=["a", "b"],
        paper="",
    )
    assert "| CE | a=1 | 1 | 2,000 |" in written(tmp_path, ["CE"], ["a", "b"], table)[2]


def test_the_console_shows_brackets_as_they_are(tmp_path):
    table = dataclasses.replace(TABLE, columns={"[n]": COLUMNS["top1"]}, paper="")
    grid, _, _ = written(tmp_path, ["grid"], ["[n]"], table)
    console = Console(width=150, record=True, file=(tmp_path / "null").open("w"))
    console.print(grid)
    text = console.export_text()
    assert "70.00 [weight=1.0]" in text and " [n] " in text


def test_json_has_every_seed_and_network(tmp_path):
    written(tmp_path)
    numbers = json.loads((tmp_path / "out" / "table.json").read_text("utf-8"))
    assert {*numbers} == {*TABLE.rows}
    plain = numbers["CE"]["top1"]
    assert plain["paper"] == "52.9±.2"
    assert plain["runs"] == [
        {
            "metric": "test/top1",
            "at": "last",
            "settings": {},
            "values": [49.0, 51.0],
            "directories": ["runs/0", "runs/1"],
        }
    ]
    assert [x["settings"]["weight"] for x in numbers["grid"]["NLL"]["runs"]] == [
        *WEIGHTS
    ]
    assert numbers["D2L"]["top1"] == {"paper": "53", "runs": []}
    assert numbers["none"]["top1"] == {"paper": None, "runs": []}
