"""`experiments.adr.figure5`: its networks and the numbers of its claims."""

from experiments.adr import figure5, table3


def test_figure5_has_47_networks_of_which_three_are_of_table3():
    found = figure5.runs()
    identities = {run.identity for run in found.values()}
    assert len(found) == len(identities) == 47
    of_table3 = {
        table3.cell(row, ("test/top1", "last")).run.identity
        for row in ("AlexNet CE", "AlexNet CE+Entropy", "AlexNet CE+ADR, GSC form")
    }
    assert of_table3 < identities
    reduced = figure5.reduced_runs()
    assert len(reduced) == 6 and {*reduced} < {*found}


def test_the_numbers_of_a_curve():
    points = {0.02: [75.0, 77.0], 0.01: [74.0, 74.0], 0.03: [75.0, 75.0]}
    assert figure5.means(points).tolist() == [74, 76, 75]
    assert figure5.rising(points) == 50 and figure5.flutter(points) == 1.5
    words = figure5.statement(points, 74.5).split("; ")
    assert words[0] == "best 76.00, least gain over CE -0.50"
    assert words[1] == "above CE in 2 of 3 settings"
    assert words[2] == "rising 50 %, flutter 1.50"
    assert words[3] == "mean spread over the seeds 0.47"
    alone = figure5.statement({0.01: [75.0]}, 74.5)
    assert alone == "best 75.00, least gain over CE +0.50; above CE in 1 of 1 settings"
