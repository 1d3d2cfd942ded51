"""Expected calibration error."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.metrics import calibration_error, expected_calibration_error
from tests import goldens
from tests.metrics.table import LABELS, LOGITS, PROBS

CERTAIN = np.eye(6, dtype=np.float32)
compiled = jax.jit(expected_calibration_error, static_argnames="bins")


def ece(probs, labels, bins=15):
    return compiled(np.resize(probs, (60, 6)), np.resize(labels, 60), bins=bins)


@pytest.mark.parametrize("bins", [1, 15])
def test_ece_is_its_definition(bins):
    confidence, right = PROBS.max(-1), PROBS.argmax(-1) == LABELS
    expected = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            expected += inside.mean() * gap
    np.testing.assert_allclose(ece(PROBS, LABELS, bins), expected, rtol=1e-5)


def test_ece_counts_a_confidence_on_an_edge_in_the_bin_below():
    probs = np.float32([[0.5, 0.3, 0.2], [0.75, 0.25, 0]])
    error = expected_calibration_error(probs, np.array([0, 1]), bins=2)
    assert error == (0.5 + 0.75) / 2  # together they would be |0.5 - 0.75| / 2


def test_ece_of_any_leading_shape():
    square = compiled(PROBS.reshape(3, 20, 6), LABELS.reshape(3, 20))
    np.testing.assert_allclose(square, ece(PROBS, LABELS), rtol=1e-5)


@pytest.mark.parametrize("dtype", goldens.DTYPES)
def test_ece_at_50_digits(dtype):
    def of_confidence(confidence, right, **params):
        # The rest of the probability is that of so many classes that none has more.
        others = 200
        rest = jnp.repeat((1 - confidence[:, None]) / others, others, axis=1)
        probs = jnp.concatenate([confidence[:, None], rest], axis=1)
        return expected_calibration_error(probs, jnp.where(right, 0, 1), **params)

    cases = goldens.load("ece")
    sizes = {(len(c["inputs"]["conf"]), *c["params"].values()) for c in cases}
    tolerance = 1e-9 if dtype == "float64" else 1e-5
    for n, bins in sizes:  # one program a size
        here = [case for case in cases if len(case["inputs"]["conf"]) == n]
        confidence = np.array([case["inputs"]["conf"] for case in here], dtype)
        correct = np.array([case["inputs"]["correct"] for case in here])
        with jax.enable_x64(dtype == "float64"):
            f = functools.partial(of_confidence, bins=bins)
            values = jax.jit(jax.vmap(f))(confidence, correct)
        for case, value in zip(here, values, strict=True):
            assert goldens.error(value, case["value"]) <= tolerance, case["id"]


def test_ece_puts_the_upper_edge_into_the_bin():
    """Both examples lie in (0.4, 0.5], where their gaps of 0.5 cancel."""
    probs, labels = np.array([[0.5, 0.5, 0, 0, 0, 0]], np.float32), np.array([0, 1])
    np.testing.assert_allclose(ece(probs, labels, bins=10), 0, atol=1e-6)


def test_ece_of_certain_predictions_is_their_error_rate():
    assert ece(CERTAIN, np.arange(6)) == 0
    assert ece(CERTAIN, (np.arange(6) + 1) % 6) == 1
    assert ece(CERTAIN, np.array([0, 1, 2, 5, 3, 4])) == 0.5


def test_ece_of_nan_is_nan():
    probs = np.where(np.arange(60)[:, None] == 7, np.nan, PROBS)
    assert np.isnan(ece(probs, LABELS))


def test_ece_leaves_out_traced_labels_outside_of_the_classes():
    labels = np.where(np.arange(60) < 20, LABELS, -1)
    expected = ece(PROBS[:20], LABELS[:20])  # repeated
    np.testing.assert_allclose(ece(PROBS, labels), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "n", [1_000_000, pytest.param(40_000_000, marks=pytest.mark.long)]
)
def test_ece_of_millions_of_pixels_keeps_its_digits(n):
    probs = np.broadcast_to(np.array([0.9, 0.1], np.float32), (n, 2))
    labels = np.broadcast_to(np.int32(1), n)
    np.testing.assert_allclose(
        expected_calibration_error(probs, labels), 0.9, rtol=1e-5
    )


@pytest.mark.parametrize(
    "probs, got",
    [
        (LOGITS, "got -.* as the least"),
        (np.full((60, 6), 0.5), "got 0.5 as the least and 3 as a sum"),
        (np.array([[5.0, 9.0], [2.0, 1.0]]), "and 14 as a sum"),
    ],
)
def test_ece_refuses_logits(probs, got):
    with pytest.raises(ValueError, match=f"probabilities.*{got}.*jax.nn.softmax"):
        expected_calibration_error(probs, np.zeros(len(probs), int))


def test_ece_refuses_no_examples_and_no_bins():
    with pytest.raises(ValueError, match=r"must hold an example, got shape \(0, 3\)"):
        expected_calibration_error(np.zeros((0, 3)), np.zeros(0, int))
    with pytest.raises(ValueError, match="bins must be at least 1, got 0"):
        expected_calibration_error(PROBS, LABELS, bins=0)
    with pytest.raises(
        ValueError,
        match=r"labels must .*\(60,\) for probs of .*\(60, 6\), got .*\(3,\)",
    ):
        expected_calibration_error(PROBS, LABELS[:3])


def test_calibration_error_is_that_of_the_probabilities():
    is_right = PROBS.argmax(-1) == LABELS
    error = calibration_error(PROBS.max(-1), is_right)
    np.testing.assert_allclose(error, ece(PROBS, LABELS), rtol=1e-6)


@pytest.mark.parametrize(
    ("confidences", "is_right", "message"),
    [
        ([0.5, 1.5], [True, False], r"must lie in \[0, 1\], got 0.5..1.5"),
        ([0.5], [True, False], r"must have one shape .*got \(1,\) and \(2,\)"),
        (np.zeros(0, np.float32), np.zeros(0, bool), "hold an example"),
    ],
)
def test_calibration_error_refuses(confidences, is_right, message):
    with pytest.raises(ValueError, match=message):
        calibration_error(confidences, is_right)
