"""The cells of `experiments.gr.table3`, `figure2` and `table11`: nothing is trained."""

import numpy as np
import pytest

from experiments.gr import figure2, table3, table11
from experiments.harness import Run


def test_table3_prints_24_models_and_trains_27():
    assert len(table3.PAGE.printed) == 4 * 24
    assert [*table3.rows()] == table3.NAMES
    assert (
        len(
            {
                table3.cell(row, ("test/top1", "last")).run.identity
                for row in table3.NAMES
            }
        )
        == 27
    )


def test_the_printed_betas_are_those_of_the_rows():
    settings = table3.rows()["20 %, lam 2"].method.settings
    assert (settings["beta"], settings["lam"]) == (24, 2)
    assert table3.rows()["60 %, beta 0"].method.settings["beta"] == 0


@pytest.mark.parametrize(
    "rate, worst", [("20 %", False), ("40 %", False), ("60 %", True), ("80 %", True)]
)
def test_only_the_claim_of_the_worst_model_fails_in_the_printed_table(rate, worst):
    verdicts = [*table3.claims(rate, table3.printed(rate)).values()]
    assert verdicts == [True, True, worst, True]


def test_cifar10_drops_the_rate_at_32_and_48_of_100_thousand_steps():
    recipe = table3.rows()["40 %, CCE"].recipe
    assert recipe.length.steps(390) == 100_000
    assert (
        table3.rows()["40 %, lam 1, drops every 5,000"].recipe.length.steps(390)
        == 30_000
    )


def test_figure2_shows_the_networks_of_table3():
    runs = figure2.runs()
    assert len(runs) == 24
    for name, run in runs.items():
        assert run.identity == table3.cell(name, ("test/top1", "last")).run.identity


def test_table11_retrains_on_the_labels_of_its_networks():
    row = "40 %, lam 1"
    first, second = table11.network(row), table11.retrained(row)
    assert first.identity == table3.cell(row, ("test/top1", "last")).run.identity
    source = second.recipe.data.relabelled_by
    assert Run(source.recipe, source.method).identity == first.identity
    assert second.recipe.reduced.data.relabelled_by is source
    assert table11.cell("40 %, CCE", None) is None


def test_a_correction_repairs_wrong_labels_and_spoils_right_ones():
    true = np.array([0, 0, 1, 1])
    found = table11.correction(np.array([0, 1, 1, 0]), np.array([1, 0, 1, 0]), true)
    assert found.repaired.tolist() == [False, True, False, False]
    assert found.spoiled.tolist() == [True, False, False, False]
    assert found.wrong == (0.5, 0.5)
