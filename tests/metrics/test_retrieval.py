"""Retrieval: mean average precision and cumulative matching characteristics."""

import jax
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from adrjax.metrics import cross_camera, cumulative_matching, mean_average_precision

RNG = np.random.default_rng(0)
QUERIES, GALLERY = RNG.integers(6, size=20), RNG.integers(5, size=30)
SIMILARITIES = RNG.normal(size=(20, 30)).astype(np.float32)
SIMILARITIES += QUERIES[:, None] == GALLERY
HAS_MATCH = np.isin(QUERIES, GALLERY)
WHERE = RNG.random((20, 30)) < 0.7


def test_some_query_of_these_has_no_match():
    assert 0 < HAS_MATCH.sum() < 20


def test_average_precision_is_that_of_scikit_learn():
    """Queries without a match have none and are left out."""
    expected = [
        average_precision_score(QUERIES[i] == GALLERY, SIMILARITIES[i])
        for i in np.flatnonzero(HAS_MATCH)
    ]
    actual = mean_average_precision(SIMILARITIES, QUERIES, GALLERY)
    np.testing.assert_allclose(actual, np.mean(expected), rtol=1e-5)


def test_an_example_by_hand():
    """Matches at ranks 1 and 3: (1 / 1 + 2 / 3) / 2."""
    similarities = np.array([[0.9, 0.5, 0.7, 0.1]])
    labels = [7], [7, 7, 3, 3]
    labels = [np.array(y) for y in labels]
    np.testing.assert_allclose(
        mean_average_precision(similarities, *labels), 5 / 6, rtol=1e-6
    )
    np.testing.assert_array_equal(cumulative_matching(similarities, *labels), 1)


def test_cumulative_matching_is_the_share_found_so_far():
    order = np.argsort(-SIMILARITIES[HAS_MATCH], axis=1)
    hits = QUERIES[HAS_MATCH][:, None] == GALLERY[order]
    expected = [(hits.argmax(1) < k).mean() for k in range(1, 31)]
    actual = cumulative_matching(SIMILARITIES, QUERIES, GALLERY)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)
    assert (np.diff(actual) >= 0).all() and actual[-1] == 1


def test_what_is_left_out_is_not_in_the_gallery():
    """A camera's own images, in person re-identification."""
    precisions, firsts = [], []
    for i in range(20):
        kept = WHERE[i]
        hits = QUERIES[i] == GALLERY[kept]
        if hits.any():
            precisions.append(average_precision_score(hits, SIMILARITIES[i][kept]))
            firsts.append(hits[np.argmax(SIMILARITIES[i][kept])])
    arguments = SIMILARITIES, QUERIES, GALLERY
    np.testing.assert_allclose(
        mean_average_precision(*arguments, where=WHERE), np.mean(precisions), rtol=1e-5
    )
    np.testing.assert_allclose(
        cumulative_matching(*arguments, where=WHERE)[0], np.mean(firsts), rtol=1e-6
    )


def test_of_equal_similarities_the_first_of_the_gallery_ranks_first():
    labels = np.array([1]), np.array([0, 1, 1])
    found = cumulative_matching(np.zeros((1, 3)), *labels)
    np.testing.assert_array_equal(found, [0, 1, 1])


def test_queries_without_any_match_have_no_precision():
    labels = np.array([1]), np.array([0, 0])
    assert np.isnan(mean_average_precision(np.zeros((1, 2)), *labels))
    assert np.isnan(cumulative_matching(np.zeros((1, 2)), *labels)).all()


def test_jit():
    for metric in (mean_average_precision, cumulative_matching):
        np.testing.assert_allclose(
            jax.jit(metric)(SIMILARITIES, QUERIES, GALLERY),
            metric(SIMILARITIES, QUERIES, GALLERY),
            rtol=1e-6,
        )


@pytest.mark.parametrize("metric", [mean_average_precision, cumulative_matching])
def test_shapes_that_do_not_fit_are_refused(metric):
    message = r"\[queries, gallery\], got shape \(20, 30\) for labels of .*\(30,\) and"
    with pytest.raises(ValueError, match=message):
        metric(SIMILARITIES, GALLERY, QUERIES)
    with pytest.raises(TypeError, match="query_labels must be integer classes"):
        metric(SIMILARITIES, QUERIES.astype(float), GALLERY)


CAMERAS = RNG.integers(1, 4, size=20), RNG.integers(1, 4, size=30)
PEOPLE = QUERIES - 1, GALLERY - 1  # -1 is junk, 0 a distractor


def mars(similarities, query_labels, gallery_labels, query_cameras, gallery_cameras):
    """The walk down each ranking of the public code of MARS, for mAP and CMC-1."""
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
        area, found, rank, old_recall, old_precision = 0.0, 0, 0, 0.0, 1.0
        for place in np.argsort(-row, kind="stable").tolist():
            if place in junk:
                continue
            found += place in good
            rank += 1
            if rank == 1:
                firsts.append(found)
            recall, precision = found / len(good), found / rank
            area += (recall - old_recall) * (old_precision + precision) / 2
            old_recall, old_precision = recall, precision
        precisions.append(area)
    return np.mean(precisions), np.mean(firsts)


def test_the_protocol_of_mars():
    where = cross_camera(PEOPLE[0], CAMERAS[0], PEOPLE[1], CAMERAS[1])
    arguments = SIMILARITIES, *PEOPLE
    expected = mars(*arguments, *CAMERAS)
    area = mean_average_precision(*arguments, where=where, trapezoid=True)
    np.testing.assert_allclose(area, expected[0], rtol=1e-5)
    found = cumulative_matching(*arguments, where=where)
    np.testing.assert_allclose(found[0], expected[1], rtol=1e-5)
    assert abs(mean_average_precision(*arguments, where=where) - area) > 1e-3


def test_trapezoids_by_hand():
    """Matches at ranks 1 and 3: ((1 + 1) / 2 + (1 / 2 + 2 / 3) / 2) / 2."""
    labels = np.array([7]), np.array([7, 7, 3, 3])
    similarities = np.array([[0.9, 0.5, 0.7, 0.1]])
    area = mean_average_precision(similarities, *labels, trapezoid=True)
    np.testing.assert_allclose(area, (1 + 7 / 12) / 2, rtol=1e-6)


def test_what_counts_across_cameras():
    """A query's own camera and junk do not; a distractor and other people do."""
    labels, cameras = np.array([1, 1, 2, 0, -1]), np.array([1, 2, 1, 1, 2])
    where = cross_camera(np.array([1, 2]), np.array([1, 1]), labels, cameras)
    expected = [[False, True, True, True, False], [True, True, False, True, False]]
    np.testing.assert_array_equal(where, expected)
    kept = cross_camera(np.array([1]), np.array([1]), labels, cameras, junk=2)
    np.testing.assert_array_equal(kept, [[False, True, False, True, True]])


def test_cameras_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="gallery_labels and gallery_cameras must"):
        cross_camera(QUERIES, CAMERAS[0], GALLERY, CAMERAS[0])
    with pytest.raises(TypeError, match="query_cameras must be integer"):
        cross_camera(QUERIES, CAMERAS[0] / 2, GALLERY, CAMERAS[1])
