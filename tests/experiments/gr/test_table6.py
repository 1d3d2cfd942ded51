"""The cells of `experiments.gr.table6` and `figure7_10`: nothing is trained."""

import numpy as np

from experiments.gr import figure7_10, table3, table6
from experiments.harness import Best, Cell, Quoted, Scratch


def test_table6_trains_four_methods_and_quotes_eight_numbers():
    cells = [table6.cell(row, "last") for row in table6.PAGE.rows]
    assert sum(isinstance(x, Quoted) for x in cells) == 8
    runs = {x.run.identity for x in cells if isinstance(x, Cell)}
    assert len(runs) == 4


def test_table6_is_reduced_to_labels_of_people():
    reduced = table6.clothing1m().reduced
    assert reduced.data.dataset.label == "worse_label"
    assert reduced.data.noise is None
    assert reduced.start == Scratch()


def test_most_of_the_gain_of_gr_in_table6_is_that_of_the_recipe():
    of = {row: float(table6.PAGE.printed[row, "top1"].text) for row in table6.PAGE.rows}
    gains = of["GR"] - of["CCE"], of["GR"] - of["CCE, Patrini et al."]
    np.testing.assert_allclose(gains, [1.5, 4.3])


def test_figures_7_to_10_have_64_networks_with_those_of_table3():
    networks = {
        row: figure7_10.network(*settings).identity
        for row, settings in figure7_10.SETTINGS.items()
    }
    assert len(set(networks.values())) == 64
    shared = {
        table3.cell(f"{rate}, lam {lam:g}", ("test/top1", "last")).run.identity
        for rate, betas in table3.BETAS.items()
        for lam in betas
    }
    assert len(shared) == 16 and shared <= {*networks.values()}
    chosen = figure7_10.cell("40 %, lam 2, chosen", figure7_10.COLUMNS["final"])
    assert isinstance(chosen, Best) and len(chosen.of) == 4


def test_figures_7_to_10_print_the_numbers_of_table3():
    for (row, column), number in figure7_10.PAGE.printed.items():
        rate, lam, beta = figure7_10.SETTINGS[row]
        assert table3.BETAS[rate][lam] == beta
        assert number == table3.PAGE.printed[f"{rate}, lam {lam:g}", column]


def test_six_printed_betas_are_at_the_edge_of_the_four_that_were_tried():
    edges = [
        (rate, lam)
        for rate, betas in table3.BETAS.items()
        for lam, beta in betas.items()
        if beta in (figure7_10.BETAS[lam][0], figure7_10.BETAS[lam][-1])
    ]
    assert edges == [
        ("20 %", 2),
        ("60 %", 0),
        ("60 %", 2),
        ("80 %", 0),
        ("80 %", 1),
        ("80 %", 2),
    ]
