"""`experiments.gr.figure1`: the peaks of Fig. 1, and Table 1."""

import numpy as np
import pytest

from adrjax import losses
from experiments.gr import figure1

P = figure1.probs()


@pytest.mark.parametrize(
    "beta, lam, peak, at",
    [
        (8, 0.5, 21.7, 1 / 3),
        (12, 1, 20.1, 1 / 2),
        (12, 0.5, 101, 1 / 3),
        (8, 0.25, 72, 1 / 5),
        (2, 0, 7.39, 0),
    ],
)
def test_gr_peaks_where_the_figure_does_and_ends_at_1(beta, lam, peak, at):
    weights = np.asarray(figure1.weights_at(figure1.gr(beta, lam), P))
    np.testing.assert_allclose(weights.max(), peak, rtol=5e-3)
    np.testing.assert_allclose(P[weights.argmax()], at, atol=1e-4)
    np.testing.assert_allclose(weights[-1], 1, atol=2e-3)


def test_gce_peaks_at_0_63_with_q_0_7():
    weights = figure1.weights_at(figure1.gce(0.7), P)
    np.testing.assert_allclose(weights.max(), 0.63, atol=0.005)


@pytest.mark.parametrize(
    "loss, focus, spread",
    [
        (losses.cross_entropy, 0, 1 / 3),
        (losses.mean_absolute_error, 1 / 2, 4 / 45),
        (figure1.gce(0.7), 0.7 / 1.7, None),
        (figure1.gr(8, 0.5), 1 / 3, None),
        (figure1.gr(20, 2), 2 / 3, None),
    ],
)
def test_table1_has_the_focus_and_the_spread_of_each_loss(loss, focus, spread):
    found = figure1.focus_and_spread(loss)
    np.testing.assert_allclose(found[0], focus, atol=1e-3)
    if spread is not None:
        np.testing.assert_allclose(found[1], spread, rtol=1e-4)


def test_only_settings_of_one_focus_make_a_spread_adjustable():
    assert figure1.is_adjustable([(0.5, 1.0), (0.5, 2.0)])
    assert not figure1.is_adjustable([(0.4, 1.0), (0.5, 2.0)])


def test_the_fourth_panel_has_the_weights_as_they_were_run():
    plain, run = (
        figure1.gr(8, 0.5, eps=1e-6, **settings)
        for settings in ({}, {"normalize": True})
    )
    log_odds = np.log(P) - np.log1p(-P)
    np.testing.assert_allclose(
        figure1.normalized(plain, log_odds), figure1.weights(run, log_odds), rtol=1e-4
    )
    tail = figure1.normalized(plain, np.array([5.0, 25.0]))
    assert tail[1] < 1e-3 * tail[0]
