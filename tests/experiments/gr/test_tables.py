"""The cells of `experiments.gr.table5` and `table12`: nothing is trained."""

from experiments.gr import table5, table12
from experiments.harness import Best, Cell, Quoted

RATES = [*table12.RATES.values()]


def identities(best):
    return {cell.run.identity for cell in best.of}


def test_table12_has_90_networks_and_chooses_among_five_betas():
    found = [table12.cell(row, rate) for row in table12.ROWS for rate in RATES]
    assert [len(best.of) for best in found] == [5] * 18
    assert len(set().union(*map(identities, found))) == 90


def test_reduced_table12_is_a_grid_of_3_x_3():
    found = [table12.cell(row, 0.4) for row in table12.PAGE.reduced_rows]
    reduced = [cell for best in found for cell in best.of if cell.run.recipe.reduced]
    assert len(reduced) == 9


def test_the_tuned_row_and_gr_of_table5_are_networks_of_table12():
    for rate in RATES:
        tuned = table5.cell("GR tuned", rate)
        rows = [table12.cell(row, rate) for row in table12.ROWS]
        assert isinstance(tuned, Best)
        assert identities(tuned) == set().union(*map(identities, rows))
        assert table5.cell("GR", rate).run.identity in identities(tuned)


def test_table5_trains_eight_methods_and_quotes_d2l():
    cells = [table5.cell(row, 0.4) for row in table5.ROWS]
    trained = {cell.run.identity for cell in cells if isinstance(cell, Cell)}
    assert len(trained) == 8
    assert [isinstance(cell, Quoted) for cell in cells].count(True) == 1
    assert isinstance(table5.cell("D2L", 0.4), Quoted)


def test_the_papers_numbers_are_parsed_and_quoted_rows_are_marked():
    assert len(table12.PAGE.printed) == 18
    printed = table5.PAGE.printed
    assert len(printed) == 30
    run = {row for (row, _), number in printed.items() if not number.is_quoted}
    assert run == {"GCE", "GR", "GR tuned"}
    # "Table 5's tuned column is the maximum of Table 12", except for the deviation.
    for rate in table12.RATES:
        best = max(float(table12.PAGE.printed[row, rate].text) for row in table12.ROWS)
        assert printed["GR tuned", rate].text.startswith(f"{best:.1f}±")


def test_the_reduced_network_of_table5_differs_in_depth_and_length():
    full = table5.cell("GR", 0.4).run.recipe
    reduced = full.reduced
    assert reduced.model.backbone == full.model.backbone.clone(depth=8)
    assert reduced.name == "cifar100 40 % wrong resnet8"
    assert reduced.optimizer == full.optimizer
    assert reduced.length.steps(47_500 // 128) == 8 * 371
