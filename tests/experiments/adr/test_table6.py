"""`experiments.adr.table6`: its networks, its grids, and the numbers of the paper."""

import pytest

from experiments.adr import table6
from experiments.harness import Best

PRINTED = table6.PAGE.printed


def number(row, column):
    return float(PRINTED[row, column].text)


def test_a_seed_has_19_networks():
    assert len({table6.run(row).identity for row in table6.METHODS}) == 19


@pytest.mark.parametrize("head", table6.HEADS)
def test_the_row_of_adr_is_the_best_of_the_printed_lines(head):
    lines = [row for row in table6.METHODS if row.startswith(f"{head}+GSC (")]
    row = f"{head} w/ ADR"
    for column in table6.SETS:
        grid = table6.cell(row, column)
        assert isinstance(grid, Best) and len(grid.of) == 3
        printed = [x for x in lines if (x, column) in PRINTED]
        runs = {table6.run(x).identity for x in printed}
        assert runs == {cell.run.identity for cell in grid.of}
        assert number(row, column) == max(number(x, column) for x in printed)
    assert len(table6.cell(row, "mean of four").of) == 6


@pytest.mark.parametrize("head", table6.HEADS)
def test_one_setting_is_a_printed_line(head):
    one = table6.run(f"{head} w/ ADR, one setting")
    assert one.identity == table6.run(f"{head}+GSC (0.02, 2)").identity


@pytest.mark.parametrize("mean", table6.MEANS)
def test_the_printed_averages_are_means_of_the_sets(mean):
    rows = [row for row, column in PRINTED if column == mean]
    assert len(rows) == (12 if mean == "mean of four" else 1)
    for row in rows:
        values = [number(row, column) for column in table6.MEANS[mean]]
        assert number(row, mean) == pytest.approx(
            sum(values) / len(values), abs=1.1e-3
        ), row
