"""Retrieval: mean average precision and cumulative matching characteristics."""

import jax
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from adrjax.metrics import cross_camera, cumulative_matching, mean_average_precision
from tests.metrics.table import CAMERAS, GALLERY, QUERIES, RANKING, WHERE

HAS_MATCH = np.isin(QUERIES, GALLERY)
EVERYWHERE = np.ones((20, 30), bool)
HAND = np.array([[0.9, 0.5, 0.7, 0.1]]), np.array([7]), np.array([7, 7, 3, 3])

average = jax.jit(mean_average_precision, static_argnames="trapezoid")
matching = jax.jit(cumulative_matching)


def precision(similarities=RANKING, where=EVERYWHERE, trapezoid=False):
    return average(similarities, QUERIES, GALLERY, where=where, trapezoid=trapezoid)


def found(similarities=RANKING, where=EVERYWHERE):
    return matching(similarities, QUERIES, GALLERY, where=where)


def test_map_is_scikit_learns_over_the_queries_with_a_match():
    expected = [
        average_precision_score(QUERIES[i] == GALLERY, RANKING[i])
        for i in np.flatnonzero(HAS_MATCH)
    ]
    assert 0 < HAS_MATCH.sum() < 20
    np.testing.assert_allclose(precision(), np.mean(expected), rtol=1e-5)


def test_map_and_cmc_by_hand():
    """Matches at ranks 1 and 3: (1 / 1 + 2 / 3) / 2."""
    np.testing.assert_allclose(average(*HAND), 5 / 6, rtol=1e-6)
    np.testing.assert_array_equal(matching(*HAND), 1)


def test_map_by_trapezoids_by_hand():
    """Matches at ranks 1 and 3: ((1 + 1) / 2 + (1 / 2 + 2 / 3) / 2) / 2."""
    area = average(*HAND, trapezoid=True)
    np.testing.assert_allclose(area, (1 + 7 / 12) / 2, rtol=1e-6)


def test_cmc_is_the_share_found_so_far():
    order = np.argsort(-RANKING[HAS_MATCH], axis=1)
    hits = QUERIES[HAS_MATCH][:, None] == GALLERY[order]
    expected = [(hits.argmax(1) < k).mean() for k in range(1, 31)]
    np.testing.assert_allclose(found(), expected, rtol=1e-6)


def test_map_and_cmc_rank_only_the_gallery_that_where_leaves():
    precisions, firsts = [], []
    for i in range(20):
        kept = WHERE[i]
        hits = QUERIES[i] == GALLERY[kept]
        if hits.any():
            precisions.append(average_precision_score(hits, RANKING[i][kept]))
            firsts.append(hits[np.argmax(RANKING[i][kept])])
    np.testing.assert_allclose(precision(where=WHERE), np.mean(precisions), rtol=1e-5)
    np.testing.assert_allclose(found(where=WHERE)[0], np.mean(firsts), rtol=1e-6)


def test_map_and_cmc_rank_the_first_of_equal_similarities_first():
    equal = np.where(np.arange(30) % 2, 0.0, -0.0) * np.ones((20, 1))
    stable = -np.arange(30.0) * np.ones((20, 1))
    np.testing.assert_array_equal(found(equal), found(stable))
    np.testing.assert_array_equal(precision(equal), precision(stable))


def test_map_and_cmc_without_any_match_are_nan():
    labels = np.array([1]), np.array([0, 0, 0, 0])
    assert np.isnan(average(HAND[0], *labels))
    assert np.isnan(matching(HAND[0], *labels)).all()
    empty = np.zeros((1, 0)), np.array([1]), np.zeros(0, int)
    assert np.isnan(average(*empty)) and matching(*empty).shape == (0,)


def test_map_and_cmc_of_nan_are_nan_unless_where_leaves_it_out():
    row = np.flatnonzero(HAS_MATCH)[0]
    is_nan = np.zeros((20, 30), bool)
    is_nan[row, 3] = True
    similarities = np.where(is_nan, np.nan, RANKING)
    assert np.isnan(precision(similarities))
    assert np.isnan(found(similarities)).all()
    for metric in (precision, found):
        np.testing.assert_allclose(
            metric(similarities, ~is_nan), metric(RANKING, ~is_nan), rtol=1e-6
        )


def test_map_and_cmc_of_infinite_similarities_rank_them_at_the_ends():
    infinite = np.where(RANKING > 2, np.inf, np.where(RANKING < -1, -np.inf, RANKING))
    clipped = np.where(RANKING > 2, 9, np.where(RANKING < -1, -9, RANKING))
    np.testing.assert_array_equal(precision(infinite), precision(clipped))
    np.testing.assert_array_equal(found(infinite, WHERE), found(clipped, WHERE))


@pytest.mark.parametrize("metric", [mean_average_precision, cumulative_matching])
def test_map_and_cmc_refuse_what_does_not_fit(metric):
    message = r"\[queries, gallery\], got shape \(20, 30\) for labels of .*\(30,\) and"
    with pytest.raises(ValueError, match=message):
        metric(RANKING, GALLERY, QUERIES)
    with pytest.raises(TypeError, match="query_labels must be integer classes"):
        metric(RANKING, QUERIES.astype(float), GALLERY)
    with pytest.raises(ValueError, match=r"where must be bool .*got int\d+ of shape"):
        metric(RANKING, QUERIES, GALLERY, where=WHERE.astype(int))
    with pytest.raises(ValueError, match=r"where must be .* of shape \(30,\)"):
        metric(RANKING, QUERIES, GALLERY, where=WHERE[0])


PEOPLE = QUERIES - 1, GALLERY - 1  # -1 is junk, 0 a distractor


def mars(similarities, query_labels, gallery_labels, query_cameras, gallery_cameras):
    """Walks down each ranking as the public code of MARS does, for mAP and CMC-1."""
    precisions, firsts = [], []
    for i, row in enumerate(similarities):
        is_person = gallery_labels == query_labels[i]
        is_near = gallery_cameras == query_cameras[i]
        good = set(np.flatnonzero(is_person & ~is_near).tolist())
        junk = set(
            np.flatnonzero((gallery_labels == -1) | is_person & is_near).tolist()
        )
        good -= junk
        if not good:
            continue
        area, hits, rank, old_recall, old_precision = 0.0, 0, 0, 0.0, 1.0
        for place in np.argsort(-row, kind="stable").tolist():
            if place in junk:
                continue
            hits += place in good
            rank += 1
            if rank == 1:
                firsts.append(hits)
            recall, precision = hits / len(good), hits / rank
            area += (recall - old_recall) * (old_precision + precision) / 2
            old_recall, old_precision = recall, precision
        precisions.append(area)
    return np.mean(precisions), np.mean(firsts)


def test_map_and_cmc_across_cameras_are_the_protocol_of_mars():
    where = cross_camera(PEOPLE[0], CAMERAS[0], PEOPLE[1], CAMERAS[1])
    expected = mars(RANKING, *PEOPLE, *CAMERAS)
    area = average(RANKING, *PEOPLE, where=where, trapezoid=True)
    np.testing.assert_allclose(area, expected[0], rtol=1e-5)
    first = matching(RANKING, *PEOPLE, where=where)[0]
    np.testing.assert_allclose(first, expected[1], rtol=1e-5)
    assert abs(average(RANKING, *PEOPLE, where=where) - area) > 1e-3


def test_cross_camera_leaves_out_the_own_camera_and_junk():
    labels, cameras = np.array([1, 1, 2, 0, -1]), np.array([1, 2, 1, 1, 2])
    where = cross_camera(np.array([1, 2]), np.array([1, 1]), labels, cameras)
    expected = [[False, True, True, True, False], [True, True, False, True, False]]
    np.testing.assert_array_equal(where, expected)
    kept = cross_camera(np.array([1]), np.array([1]), labels, cameras, junk=2)
    np.testing.assert_array_equal(kept, [[False, True, False, True, True]])


def test_cross_camera_refuses_cameras_that_do_not_fit():
    with pytest.raises(ValueError, match="gallery_labels and gallery_cameras must"):
        cross_camera(QUERIES, CAMERAS[0], GALLERY, CAMERAS[0])
    with pytest.raises(TypeError, match="query_cameras must be integer"):
        cross_camera(QUERIES, CAMERAS[0] / 2, GALLERY, CAMERAS[1])
    with pytest.raises(TypeError, match="junk must be integer"):
        cross_camera(QUERIES, CAMERAS[0], GALLERY, CAMERAS[1], junk=np.nan)
