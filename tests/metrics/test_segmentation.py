"""Matched mean intersection over union."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from adrjax.metrics import connected_segments, matched_ious, matched_mean_iou

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(4, size=(20, 30))
ESTIMATED = np.where(
    RNG.random((20, 30)) < 0.7, TRUTH + 2, RNG.integers(9, size=(20, 30))
)


def iou(estimated, truth, num_estimated=9, num_truth=6):
    return matched_mean_iou(
        estimated, truth, num_estimated=num_estimated, num_truth=num_truth
    )


def test_is_the_best_overlap_of_each_true_segment():
    """Segments 4 and 5 are not there and do not count."""
    best = [
        max(
            ((g == TRUTH) & (e == ESTIMATED)).sum()
            / ((g == TRUTH) | (e == ESTIMATED)).sum()
            for e in np.unique(ESTIMATED)
        )
        for g in range(4)
    ]
    np.testing.assert_allclose(iou(ESTIMATED, TRUTH), np.mean(best), rtol=1e-6)


def test_names_of_segments_do_not_matter():
    order = RNG.permutation(9)
    np.testing.assert_allclose(
        iou(order[ESTIMATED], TRUTH), iou(ESTIMATED, TRUTH), rtol=1e-6
    )
    assert iou(order[TRUTH], TRUTH) == 1


def test_an_example_by_hand():
    """Halves against thirds: 2 / 3 for both halves."""
    truth, estimated = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    np.testing.assert_allclose(iou(estimated, truth), 2 / 3, rtol=1e-6)


def test_one_estimated_segment_may_match_several():
    """An image left in one piece has the mean share of the true segments."""
    np.testing.assert_allclose(iou(np.zeros((20, 30), int), TRUTH), 1 / 4, rtol=1e-6)


def test_jit_and_vmap():
    both = np.stack([ESTIMATED, TRUTH]), np.stack([TRUTH, TRUTH])
    expected = [iou(ESTIMATED, TRUTH), 1]
    np.testing.assert_allclose(jax.jit(jax.vmap(iou))(*both), expected, rtol=1e-6)


def test_small_integers_do_not_overflow():
    truth, estimated = TRUTH.astype(np.uint8), ESTIMATED.astype(np.uint8)
    np.testing.assert_array_equal(
        iou(estimated, truth, num_estimated=200, num_truth=200),
        iou(ESTIMATED, TRUTH, num_estimated=200, num_truth=200),
    )


def test_wrong_segments_are_refused():
    with pytest.raises(ValueError, match=r"estimated must lie in 0\.\.3 .* got 0\.\.8"):
        iou(ESTIMATED, TRUTH, num_estimated=4)
    with pytest.raises(ValueError, match=r"truth must lie in 0\.\.2 .* got 0\.\.3"):
        iou(ESTIMATED, TRUTH, num_truth=3)
    with pytest.raises(
        ValueError, match=r"the same pixels, got .* \(20, 30\) and \(20"
    ):
        iou(ESTIMATED, TRUTH[:, :5])
    with pytest.raises(TypeError, match="truth must be integer classes, got float"):
        iou(ESTIMATED, TRUTH.astype(float))
    with pytest.raises(ValueError, match="num_truth must be at least 1, got 0"):
        iou(ESTIMATED, TRUTH, num_truth=0)


def test_the_mean_over_all_segments_is_not_that_over_images():
    """A blank image gets one over the mean number of segments, as Kim et al. print."""
    images = [TRUTH, np.zeros((20, 30), int), TRUTH // 2]  # 4, 1 and 2 segments
    blank = np.zeros((20, 30), int)
    ious = [matched_ious(blank, g, num_estimated=1, num_truth=4) for g in images]
    assert [np.isfinite(each).sum() for each in ious] == [4, 1, 2]
    pooled = jnp.nanmean(jnp.concatenate(ious))
    np.testing.assert_allclose(pooled, 1 / np.mean([4, 1, 2]), rtol=1e-6)
    by_image = [iou(blank, g, num_estimated=1, num_truth=4) for g in images]
    np.testing.assert_allclose(np.mean(by_image), np.mean([1 / 4, 1, 1 / 2]), rtol=1e-6)


def test_components_are_those_of_scipy():
    segments = RNG.integers(3, size=(12, 15))
    components = connected_segments(segments)
    expected, total = np.zeros_like(segments), 0
    for segment in range(3):
        labelled, n = ndimage.label(segments == segment)
        expected[labelled > 0] = labelled[labelled > 0] + total
        total += n
    assert components.max() + 1 == total == len(np.unique(components))
    assert len(np.unique(components * (total + 1) + expected)) == total


def test_components_by_hand():
    """Corners do not connect."""
    segments = np.array([[5, 5, 7], [7, 7, 5], [5, 7, 5]], np.uint8)
    expected = [[0, 0, 1], [2, 2, 3], [4, 2, 3]]
    np.testing.assert_array_equal(connected_segments(segments), expected)
    assert connected_segments(np.zeros((1, 1), int)).tolist() == [[0]]


def test_what_has_no_components_is_refused():
    with pytest.raises(TypeError, match="segments must be integers, got float64"):
        connected_segments(np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"\[height, width\], got shape \(3,\)"):
        connected_segments(np.zeros(3, int))
