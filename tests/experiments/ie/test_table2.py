"""`experiments.ie.table2`: nothing is trained."""

from experiments.harness import Cell, Quoted
from experiments.ie import table2


def test_table2_has_six_methods_of_two_networks_and_six_quoted_rows():
    cells = [
        table2.cell(r, c) for r in table2.PAGE.rows for c in table2.COLUMNS.values()
    ]
    runs = {cell.run.identity for cell in cells if isinstance(cell, Cell)}
    assert len(runs) == 12
    assert sum(isinstance(cell, Quoted) for cell in cells) == 12


def test_ie_has_the_best_weight_of_each_sweep():
    found = [table2.cell("IE", network) for network in table2.COLUMNS.values()]
    settings = [cell.run.method.settings for cell in found if isinstance(cell, Cell)]
    assert [x["lam"] for x in settings] == [0.43, 0.15]
    assert all(x["alpha"] == 0.1 and x["inside"] and x["learned"] for x in settings)
