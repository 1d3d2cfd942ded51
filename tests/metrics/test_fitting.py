"""Training accuracies by noisy and by true labels."""

import jax
import numpy as np
import pytest

from adrjax.metrics import fitting
from tests.metrics.table import LABELS, LOGITS, NOISY

EYE = np.eye(6, dtype=np.float32)
RATE = (NOISY != LABELS).mean()


def test_fitting_measures_each_part_by_its_labels():
    said, flipped = LOGITS.argmax(1), NOISY != LABELS
    expected = (
        (said == NOISY).mean(),
        (said == LABELS).mean(),
        (said == LABELS)[~flipped].mean(),
        (said == NOISY)[flipped].mean(),
    )
    np.testing.assert_allclose(fitting(LOGITS, NOISY, LABELS), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "said, expected",
    [(LABELS, (1 - RATE, 1, 1, 0)), (NOISY, (1, 1 - RATE, 1, 1))],
    ids=["perfect", "memorized"],
)
def test_fitting_of_a_perfect_and_a_memorizing_network(said, expected):
    np.testing.assert_allclose(fitting(EYE[said], NOISY, LABELS), expected, rtol=1e-6)


def test_fitting_without_noise_has_no_flipped_accuracy():
    accuracies = fitting(EYE[LABELS], LABELS, LABELS)
    assert accuracies.corrupted == accuracies.intact == accuracies.clean == 1
    assert np.isnan(accuracies.flipped)


def test_fitting_leaves_out_traced_labels_outside_of_the_classes():
    known = np.arange(60) < 30
    noisy, true = np.where(known, NOISY, -1), np.where(known, LABELS, 6)
    np.testing.assert_allclose(
        jax.jit(fitting)(LOGITS, noisy, true),
        fitting(LOGITS[:30], NOISY[:30], LABELS[:30]),
        rtol=1e-6,
    )


def test_fitting_refuses_labels_that_do_not_fit():
    with pytest.raises(
        ValueError,
        match=r"labels must .*\(60,\) for scores of .*\(60, 6\), got .*\(5,\)",
    ):
        fitting(EYE[LABELS], NOISY, LABELS[:5])
