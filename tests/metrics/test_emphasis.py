"""Emphasis focus and spread, Definitions 1 and 2 of GR."""

import functools

import jax
import numpy as np
import pytest

from adrjax import losses
from adrjax.metrics import emphasis_focus, emphasis_spread, example_weights

PROBS = (np.arange(1000) + 0.5) / 1000  # of the label, evenly over (0, 1)
LOGITS = np.log(np.stack([PROBS, 0.8 * (1 - PROBS), 0.2 * (1 - PROBS)], axis=1))
LABELS = np.zeros(1000, int)


def weights_of(loss):
    return jax.jit(functools.partial(example_weights, loss))(LOGITS, LABELS)


def gr(beta, lam=0.0):
    return functools.partial(losses.gradient_rescaling, beta=beta, lam=lam)


def gce(q):
    return functools.partial(losses.generalized_cross_entropy, q=q)


TABLE_1 = {  # loss, its weight at p_y, its focus
    "CCE": (losses.cross_entropy, lambda p: 2 * (1 - p), 0),
    "MAE": (losses.mean_absolute_error, lambda p: 4 * p * (1 - p), 1 / 2),
    "GCE": (gce(0.7), lambda p: 2 * p**0.7 * (1 - p), 0.7 / 1.7),
    "GR, lam = 0": (gr(2.0), lambda p: np.exp(2 * (1 - p)), 0),
    "GR, lam = 0.5": (gr(8.0, 0.5), lambda p: np.exp(8 * p**0.5 * (1 - p)), 1 / 3),
    "GR, lam = 2": (gr(16.0, 2.0), lambda p: np.exp(16 * p**2 * (1 - p)), 2 / 3),
}


@pytest.mark.parametrize("name", TABLE_1)
def test_example_weights_and_emphasis_focus_are_those_of_table_1(name):
    loss, weight, focus = TABLE_1[name]
    weights = weights_of(loss)
    np.testing.assert_allclose(weights, weight(PROBS), rtol=1e-4)
    np.testing.assert_allclose(emphasis_focus(weights, PROBS), focus, atol=1e-3)


def test_emphasis_spread_falls_as_lam_rises_figure_1c():
    def spread(lam):
        return emphasis_spread(example_weights(gr(8.0, lam), LOGITS, LABELS))

    spreads = jax.jit(jax.vmap(spread))(np.array([0.0, 0.5, 1.0, 2.0]))
    np.testing.assert_allclose(spreads, [4.2e5, 50.4, 4.55, 0.63], rtol=0.02)


def test_emphasis_of_any_leading_shape():
    weights, probs = np.array([[1.0, 3], [2, 0]]), np.array([[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_allclose(emphasis_focus(weights, probs), 0.2, rtol=1e-6)
    np.testing.assert_allclose(emphasis_spread(weights), 1.25, rtol=1e-6)


def test_emphasis_of_nan_is_nan():
    weights, probs = np.array([1.0, np.nan, 3.0]), np.array([0.1, 0.2, 0.3])
    assert np.isnan(emphasis_focus(weights, probs))
    assert np.isnan(emphasis_spread(weights))


def test_emphasis_refuses_wrong_arguments():
    with pytest.raises(
        ValueError, match=r"same shape, .* got shapes \(3,\) and \(2,\)"
    ):
        emphasis_focus(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match=r"in \[0, 1\], got -1..2: .*softmax"):
        emphasis_focus(np.ones(3), np.array([0.5, 2.0, -1.0]))
    with pytest.raises(ValueError, match=r"must hold an example, got shape \(0,\)"):
        emphasis_spread(np.ones(0))
    with pytest.raises(ValueError, match=r"labels .*\(1000,\)"):
        example_weights(losses.cross_entropy, LOGITS, LABELS[:5])
