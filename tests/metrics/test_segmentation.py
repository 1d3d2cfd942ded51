"""Intersection over union of segments without class names; connected components."""

import jax
import numpy as np
import pytest
from scipy import ndimage

from adrjax.metrics import connected_segments, matched_ious

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(4, size=(20, 30))
ESTIMATED = np.where(
    RNG.random((20, 30)) < 0.7, TRUTH + 2, RNG.integers(9, size=(20, 30))
)
BLANK = np.zeros((20, 30), int)

compiled = jax.jit(matched_ious, static_argnames=("num_estimated", "num_truth"))


def ious(estimated, truth, num_estimated=9, num_truth=6):
    return compiled(estimated, truth, num_estimated=num_estimated, num_truth=num_truth)


def test_matched_ious_are_the_best_overlap_of_each_true_segment():
    """Segments 4 and 5 have no pixel."""
    best = [
        max(
            ((g == TRUTH) & (e == ESTIMATED)).sum()
            / ((g == TRUTH) | (e == ESTIMATED)).sum()
            for e in np.unique(ESTIMATED)
        )
        for g in range(4)
    ]
    actual = ious(ESTIMATED, TRUTH)
    np.testing.assert_allclose(actual[:4], best, rtol=1e-6)
    assert np.isnan(actual[4:]).all()


def test_matched_ious_do_not_depend_on_the_names_of_segments():
    order = RNG.permutation(9)
    np.testing.assert_array_equal(ious(order[ESTIMATED], TRUTH), ious(ESTIMATED, TRUTH))
    np.testing.assert_array_equal(ious(order[TRUTH], TRUTH)[:4], 1)


def test_matched_ious_by_hand():
    """Halves against thirds: 2 / 3 for both halves."""
    truth, estimated = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    actual = matched_ious(estimated, truth, num_estimated=3, num_truth=2)
    np.testing.assert_allclose(actual, 2 / 3, rtol=1e-6)


def test_matched_ious_pooled_over_images_are_the_miou_of_kim_et_al():
    """A blank image gets one over the mean number of segments, as they print."""
    images = [TRUTH, BLANK, TRUTH // 2]  # 4, 1 and 2 segments
    each = [np.asarray(ious(BLANK, g)) for g in images]
    assert [np.isfinite(x).sum() for x in each] == [4, 1, 2]
    pooled = np.nanmean(np.concatenate(each))
    np.testing.assert_allclose(pooled, 1 / np.mean([4, 1, 2]), rtol=1e-6)
    by_image = np.mean([np.nanmean(x) for x in each])
    np.testing.assert_allclose(by_image, np.mean([1 / 4, 1, 1 / 2]), rtol=1e-6)


@pytest.mark.parametrize("void", [-1, 9])
def test_matched_ious_leave_out_traced_pixels_outside_of_the_segments(void):
    is_known = np.zeros((20, 30), bool)
    is_known[:10] = True
    expected = matched_ious(ESTIMATED[:10], TRUTH[:10], num_estimated=9, num_truth=6)
    for estimated, truth in ((void, TRUTH), (ESTIMATED, void)):
        actual = ious(
            np.where(is_known, ESTIMATED, estimated), np.where(is_known, TRUTH, truth)
        )
        np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_matched_ious_refuse_what_does_not_fit():
    def iou(estimated, truth, num_estimated=9, num_truth=6):
        matched_ious(estimated, truth, num_estimated=num_estimated, num_truth=num_truth)

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


def test_connected_segments_are_the_components_of_scipy():
    segments = RNG.integers(3, size=(12, 15))
    components = connected_segments(segments)
    expected, total = np.zeros_like(segments), 0
    for segment in range(3):
        labelled, n = ndimage.label(segments == segment)
        expected[labelled > 0] = labelled[labelled > 0] + total
        total += n
    assert components.max() + 1 == total == len(np.unique(components))
    assert len(np.unique(components * (total + 1) + expected)) == total


def test_connected_segments_by_hand():
    """Corners do not connect."""
    segments = np.array([[5, 5, 7], [7, 7, 5], [5, 7, 5]], np.uint8)
    expected = [[0, 0, 1], [2, 2, 3], [4, 2, 3]]
    np.testing.assert_array_equal(connected_segments(segments), expected)
    assert connected_segments(np.zeros((1, 1), int)).tolist() == [[0]]


def test_connected_segments_refuse_what_is_not_an_image():
    with pytest.raises(TypeError, match="segments must be integers, got float64"):
        connected_segments(np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"\[height, width\], got shape \(3,\)"):
        connected_segments(np.zeros(3, int))
