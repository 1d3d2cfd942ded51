"""The cells of `experiments.gr.table2` and `figure4_5`: nothing is trained."""

from experiments.gr import figure4_5, table2
from experiments.harness import Quoted


def test_table2_trains_nine_networks_and_quotes_three():
    cells = [
        table2.cell(row, m) for row in table2.PAGE.rows for m in table2.METHODS.values()
    ]
    quoted = [x for x in cells if isinstance(x, Quoted)]
    assert len(quoted) == 9  # three rows
    assert len({x.run.identity for x in cells if x not in quoted}) == 9


def test_figures_4_and_5_share_three_networks_each_with_table2():
    runs = figure4_5.runs()
    assert len({run.identity for run in runs.values()}) == 12
    for network in figure4_5.FIGURES:
        shown = {run.identity for name, run in runs.items() if name.startswith(network)}
        row = f"CIFAR-10, {network}"
        for method in table2.METHODS.values():
            assert table2.cell(row, method).run.identity in shown


def test_the_focus_0_is_best_and_equal_weights_worst_in_the_printed_table():
    for row in table2.recipes():
        of = [float(table2.PAGE.printed[row, x].text) for x in table2.METHODS]
        assert of[1] == max(of) and of[2] == min(of)
