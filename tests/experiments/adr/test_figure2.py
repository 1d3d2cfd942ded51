"""`experiments.adr.figure2`: the curve and the phases; nothing is trained."""

import types

import numpy as np

from experiments.adr import figure2


def test_the_peak_of_gsc_is_at_65_2_per_cent():
    confidences, values, slopes = figure2.curve()
    np.testing.assert_allclose(figure2.turning_point(), 0.652, atol=5e-4)
    np.testing.assert_allclose(confidences[values.argmax()], 0.652, atol=0.01)
    signs = np.sign(slopes[confidences < 0.97])  # above, it is 0 in float32
    assert signs[0] == signs[-1] == -1
    turns = confidences[np.flatnonzero(np.diff(signs)) + 1]
    np.testing.assert_allclose(turns, [0.11, 0.652], atol=0.005)


def test_gsc_flattens_below_its_peak_and_sharpens_above_it():
    labels = np.zeros(4, np.int32)
    for odds, sharpened in ((-1.0, 0.0), (2.0, 1.0)):
        logits = np.zeros((4, 10), np.float32)
        logits[:, 0] = odds + np.log(9)
        of = figure2.phase(logits, labels)
        probs = 1 / (1 + np.exp(-odds))
        np.testing.assert_allclose(of.confidences, probs, rtol=1e-5)
        np.testing.assert_allclose(of.of_ce, 1 - probs, rtol=1e-5)
        assert of.sharpened == sharpened and (of.of_gsc > 0) == bool(sharpened)


def test_snapshots_are_kept_at_the_epochs_that_are_drawn():
    run = figure2.runs()["CE"]
    assert run.recipe.snapshots == run.recipe.reduced.snapshots == figure2.EPOCHS
    history = [{"epoch": i, "step": 390 * i} for i in range(1, 21)]
    result = types.SimpleNamespace(history=history)
    assert figure2.steps_of(result) == {0: 0, 1: 390, 5: 1950, 20: 7800}
