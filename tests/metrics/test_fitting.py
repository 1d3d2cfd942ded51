"""Training accuracies where some labels are wrong; the best and the final one."""

import jax
import numpy as np
import pytest

from adrjax import noise
from adrjax.metrics import best_and_final, fitting

RNG = np.random.default_rng(0)
TRUE = RNG.integers(6, size=500)
NOISY, FLIPPED = noise.symmetric(jax.random.key(0), TRUE, num_classes=6, rate=0.4)


def test_every_part_is_measured_by_its_labels():
    scores = RNG.normal(size=(500, 6)) + 2 * np.eye(6)[TRUE] + np.eye(6)[NOISY]
    said = scores.argmax(1)
    expected = (
        (said == NOISY).mean(),
        (said == TRUE).mean(),
        (said == TRUE)[~FLIPPED].mean(),
        (said == NOISY)[FLIPPED].mean(),
    )
    np.testing.assert_allclose(
        jax.jit(fitting)(scores, NOISY, TRUE), expected, rtol=1e-6
    )


@pytest.mark.parametrize(
    "said, expected", [(TRUE, (0.6, 1, 1, 0)), (NOISY, (1, 0.6, 1, 1))]
)
def test_a_perfect_and_an_overfitted_network(said, expected):
    np.testing.assert_allclose(
        fitting(np.eye(6)[said], NOISY, TRUE), expected, rtol=1e-6
    )


def test_without_noise_nothing_is_flipped():
    accuracies = fitting(np.eye(6)[TRUE], TRUE, TRUE)
    assert accuracies.corrupted == accuracies.intact == accuracies.clean == 1
    assert np.isnan(accuracies.flipped)


def test_wrong_labels_are_refused():
    with pytest.raises(ValueError, match=r"labels .*of shape \(500,\).*, got .* \(5,\)"):
        fitting(np.eye(6)[TRUE], NOISY, TRUE[:5])


def test_best_and_final():
    epochs = np.array([[0.3, 0.8, 0.6], [0.1, 0.2, 0.9]])
    best, final = jax.jit(best_and_final)(epochs)
    np.testing.assert_allclose(best, [0.8, 0.9])
    np.testing.assert_allclose(final, [0.6, 0.9])
    assert [float(a) for a in best_and_final([0.5, 0.25])] == [0.5, 0.25]


def test_no_epoch_is_refused():
    with pytest.raises(ValueError, match=r"\[\.\.\., epochs\], got shape \(0,\)"):
        best_and_final([])
