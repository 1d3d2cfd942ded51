"""Similarities of pairs of features."""

import jax
import numpy as np
import pytest

from adrjax.metrics import cosine_similarity, squared_distance
from tests.metrics.table import FEATURES, OTHERS

COMPILED = [jax.jit(f) for f in (cosine_similarity, squared_distance)]
cosine, squared = COMPILED


def cosines(first, second):
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(1) / norms


def test_cosine_similarity_is_its_definition():
    actual = cosine(FEATURES, OTHERS)
    np.testing.assert_allclose(actual, cosines(FEATURES, OTHERS), rtol=1e-5, atol=1e-6)


def test_cosine_similarity_depends_on_directions_only():
    scaled = cosine(1e25 * FEATURES, 1e-8 * OTHERS)
    np.testing.assert_allclose(scaled, cosines(FEATURES, OTHERS), rtol=1e-5, atol=1e-6)
    assert (cosine(0 * FEATURES, OTHERS) == 0).all()


def test_squared_distance_is_its_definition():
    expected = np.linalg.norm(FEATURES - OTHERS, axis=1) ** 2
    np.testing.assert_allclose(squared(FEATURES, OTHERS), expected, rtol=1e-5)


def test_squared_distance_of_unit_features_is_two_less_twice_the_cosine():
    first, second = (x / np.linalg.norm(x, axis=1)[:, None] for x in (FEATURES, OTHERS))
    np.testing.assert_allclose(
        squared(first, second), 2 - 2 * cosines(first, second), rtol=1e-4
    )


@pytest.mark.parametrize("measure", COMPILED, ids=["cosine", "squared distance"])
def test_similarities_of_any_leading_shape_and_of_nan(measure):
    first = np.where(np.arange(60)[:, None] == 7, np.nan, FEATURES)
    square = measure(first.reshape(3, 20, 4), OTHERS.reshape(3, 20, 4)).ravel()
    assert np.isnan(square[7])
    np.testing.assert_allclose(
        np.delete(square, 7), np.delete(measure(FEATURES, OTHERS), 7), rtol=1e-6
    )


@pytest.mark.parametrize("measure", [cosine_similarity, squared_distance])
def test_similarities_refuse_what_does_not_fit(measure):
    with pytest.raises(ValueError, match=r"shape of first, \(60, 4\), got \(6, 4\)"):
        measure(FEATURES, OTHERS[:6])
    with pytest.raises(TypeError, match="first must be floating, got int"):
        measure(FEATURES.astype(int), OTHERS)
