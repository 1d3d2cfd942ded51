"""The cells of `experiments.gr.table8`, `table9` and `table10`: nothing is trained."""

import jax
import numpy as np
import pytest

from adrjax import noise
from experiments.gr import table5, table8, table9, table10


@pytest.mark.parametrize("row", table8.TRIALS)
def test_table8_has_the_mean_and_deviation_of_the_trials(row):
    def text(trials, digits):
        mean, std = np.mean(trials), np.std(trials, ddof=1)
        return [float(f"{x:.{digits}f}") for x in (mean, std)]

    printed = {
        c: table8.PAGE.printed[row, c].text.split("±") for c in ("top1", "five trials")
    }
    kept, _ = table8.TRIALS[row]
    np.testing.assert_allclose(np.float64(printed["top1"]), text(kept, 1), atol=0.11)
    found = text(table8.all_trials(row), 2)
    np.testing.assert_allclose(np.float64(printed["five trials"]), found, atol=1e-9)


def test_table8_shares_l2_and_gr_with_l2_with_table5():
    for row, other in (("L2", "CCE"), ("GR+L2", "GR")):
        run = table5.cell(other, 0.4).run
        assert table8.cell(row, table8.TEST).run.identity == run.identity


@pytest.mark.parametrize("page", [table8, table9, table10])
def test_the_eight_rows_are_eight_networks_with_their_regularizers(page):
    column = {table8: table8.TEST, table9: 0.4, table10: table10.TEST}[page]
    runs = {row: page.cell(row, column).run for row in page.PAGE.rows}
    assert len({run.identity for run in runs.values()}) == 8
    for row, run in runs.items():
        dropout = 0.2 if "Dropout" in row else 0.0
        networks = run.recipe.model, run.recipe.smoke, run.recipe.reduced.model
        assert [x.dropout for x in networks] == [dropout] * 3
        params, zeros = (
            {"kernel": np.ones([1, 1], np.float32)},
            {"kernel": np.zeros([1, 1], np.float32)},
        )
        optimizer = run.recipe.optimizer(10)
        update, _ = optimizer.update(zeros, optimizer.init(params), params)
        decays = bool(jax.tree.leaves(update)[0].item())
        assert decays == ("L2" in row)


def test_vehicles_at_no_noise_have_no_noise():
    assert table9.vehicles10(0.0).data.noise is None
    reduced = table9.cell("GR+L2", 0.4).run.recipe.reduced
    assert (reduced.model.backbone.depth, reduced.length.steps(39)) == (20, 30 * 39)


def test_asymmetric_noise_stays_in_the_superclass():
    flip = table10.asymmetric().data.noise
    labels = np.arange(100).repeat(50)
    noisy, flipped = flip(jax.random.key(0), labels)
    superclasses = noise.CIFAR100_SUPERCLASSES
    np.testing.assert_array_equal(superclasses[noisy], superclasses[labels])
    np.testing.assert_allclose(flipped.mean(), 0.2, atol=0.02)


def test_gr_is_better_in_all_four_pairs_of_the_printed_table10():
    gains = [
        float(table10.PAGE.printed[with_gr, "top1"].text)
        - float(table10.PAGE.printed[without, "top1"].text)
        for without, with_gr in table10.PAIRS.items()
    ]
    np.testing.assert_allclose(gains, [5.4, 4.3, 2.3, 1.0])
