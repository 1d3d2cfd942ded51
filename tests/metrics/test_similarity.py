"""How alike the features of pairs are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.metrics import cosine_similarity, mirror_features, squared_distance

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(2, 7, 5)).astype(np.float32)


def test_cosines_are_the_definition():
    norms = np.linalg.norm(FIRST, axis=1) * np.linalg.norm(SECOND, axis=1)
    expected = (FIRST * SECOND).sum(1) / norms
    np.testing.assert_allclose(cosine_similarity(FIRST, SECOND), expected, rtol=1e-5)


def test_only_the_direction_counts():
    scaled = cosine_similarity(1e25 * FIRST, 1e-8 * SECOND)
    np.testing.assert_allclose(scaled, cosine_similarity(FIRST, SECOND), rtol=1e-5)
    assert cosine_similarity(np.zeros(3), np.ones(3)) == 0


def test_squared_distances_are_the_definition():
    expected = np.linalg.norm(FIRST - SECOND, axis=1) ** 2
    np.testing.assert_allclose(squared_distance(FIRST, SECOND), expected, rtol=1e-5)


def test_of_unit_features_one_is_a_function_of_the_other():
    first, second = (x / np.linalg.norm(x, axis=1)[:, None] for x in (FIRST, SECOND))
    np.testing.assert_allclose(
        squared_distance(first, second),
        2 - 2 * cosine_similarity(FIRST, SECOND),
        rtol=1e-5,
    )


def test_mirror_features_do_not_tell_left_from_right():
    images = RNG.integers(256, size=(4, 6, 5, 3)).astype(np.uint8)
    weights = RNG.integers(-9, 9, (6 * 5 * 3, 8)).astype(np.float32)

    def embed(x):
        return x.reshape(len(x), -1).astype(jnp.float32) @ weights

    features = mirror_features(embed, images)
    expected = embed(images) + embed(images[:, :, ::-1])
    np.testing.assert_array_equal(features, expected)
    mirrored = mirror_features(embed, images[:, :, ::-1])
    np.testing.assert_array_equal(mirrored, features)


@pytest.mark.parametrize("measure", [cosine_similarity, squared_distance])
def test_jit_any_leading_shape_and_what_is_refused(measure):
    square = jax.jit(measure)(FIRST[:6].reshape(2, 3, 5), SECOND[:6].reshape(2, 3, 5))
    np.testing.assert_allclose(square.ravel(), measure(FIRST, SECOND)[:6], rtol=1e-6)
    with pytest.raises(ValueError, match=r"the shape of first, \(7, 5\), got \(6, 5\)"):
        measure(FIRST, SECOND[:6])
    with pytest.raises(TypeError, match="first must be floating, got int"):
        measure(FIRST.astype(int), SECOND)
