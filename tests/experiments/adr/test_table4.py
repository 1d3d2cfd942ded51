"""The cells of `experiments.adr.table4` and the runs of `figure6`."""

import numpy as np

from experiments.adr import figure6, table4
from experiments.harness import Best


def test_table4_has_20_networks_in_five_lines_and_chooses_among_four():
    columns = [*table4.RATES]
    runs = [table4.run(row, x) for row in table4.METHODS for x in columns]
    assert len({run.identity for run in runs}) == 20
    for place in table4.PAGE.stands_for.values():
        best = table4.cell(table4.BEST, place)
        assert isinstance(best, Best) and len(best.of) == 4
        assert {cell.at for cell in best.of} == {place[1]}


def test_the_line_of_adr_is_the_best_of_each_column():
    printed = table4.PAGE.printed
    assert len(printed) == 24
    for column, row in table4.BEST_OF.items():
        numbers = {name: float(printed[name, column].text) for name in table4.GSC}
        assert max(numbers, key=numbers.get) == row
        assert float(printed[table4.BEST, column].text) == numbers[row]


def test_reduced_table4_has_six_networks():
    page = table4.PAGE
    runs = [table4.run(row, x) for row in table4.METHODS for x in table4.RATES]
    reduced = [run for run in runs if run.recipe.reduced is not None]
    assert len(reduced) == 6
    assert {run.recipe.reduced.length.number for run in reduced} == {8}
    assert [x for x in page.reduced_columns if x in table4.RATES] == ["20 %", "40 %"]


def test_the_noise_is_that_of_sl_and_held_out_labels_have_it():
    recipe = table4.recipe(0.4).data
    assert recipe.noise.keywords == {"num_classes": 10, "rate": 0.4, "balanced": True}
    assert recipe.noisy_hold_out and recipe.hold_out == 5000


def test_the_networks_of_figure6_are_those_of_table4():
    of_table = {
        table4.run(row, x).identity for row in table4.METHODS for x in table4.RATES
    }
    full, reduced = figure6.runs(), figure6.reduced_runs()
    assert len(full) == 8 and {*reduced} < {*full}
    assert {run.identity for run in full.values()} < of_table
    assert {run.identity for run in reduced.values()} < of_table
    assert full["GSC, 20 %"].method.settings == {"gamma": 2.0, "top_c": 5}


def test_curves_cross_if_the_training_accuracy_overtakes():
    test = np.array([20, 65, 70])
    assert figure6.crossing(np.array([10, 60, 90]), test)
    assert not figure6.crossing(np.array([10, 60, 65]), test)
    assert not figure6.crossing(np.array([30, 70, 90]), test)
