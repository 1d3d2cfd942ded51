"""Expected calibration error."""

import jax
import numpy as np
import pytest

from adrjax.metrics import expected_calibration_error

RNG = np.random.default_rng(0)
PROBS = np.asarray(jax.nn.softmax(2 * RNG.normal(size=(300, 6)))).astype(np.float32)
LABELS = RNG.integers(6, size=300)


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_is_the_definition(bins):
    confidence, right = PROBS.max(-1), PROBS.argmax(-1) == LABELS
    expected = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            expected += inside.mean() * gap
    actual = expected_calibration_error(PROBS, LABELS, bins=bins)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_the_upper_edge_belongs_to_the_bin():
    """Both examples lie in (0.4, 0.5], so that their gaps of 0.5 cancel."""
    probs, labels = np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1])
    assert expected_calibration_error(probs, labels, bins=10) == 0


def test_a_certain_network_that_is_right_is_calibrated():
    assert expected_calibration_error(np.eye(4), np.arange(4)) == 0
    assert expected_calibration_error(np.eye(4), (np.arange(4) + 1) % 4) == 1


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match=r"must hold an example, got shape \(0, 3\)"):
        expected_calibration_error(np.zeros((0, 3)), np.zeros(0, int))


def test_no_bins_are_refused():
    with pytest.raises(ValueError, match="bins must be at least 1, got 0"):
        expected_calibration_error(PROBS, LABELS, bins=0)
