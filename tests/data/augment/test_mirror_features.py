"""Features of an image and its mirror image, merged."""

import numpy as np
import pytest

from adrjax.data.augment import mirror_features

IMAGES = np.random.default_rng(0).normal(size=(2, 4, 3, 5, 1)).astype(np.float32)


def embed(images):
    return images.reshape(*images.shape[:-3], 15)[..., ::2]


def mirrored():
    return embed(np.ascontiguousarray(IMAGES[:, :, :, ::-1]))


def test_mirror_features_adds_both():
    features = mirror_features(embed, IMAGES)
    np.testing.assert_allclose(features, embed(IMAGES) + mirrored(), rtol=1e-6)


def test_mirror_features_concatenates_both():
    features = mirror_features(embed, IMAGES, concatenate=True)
    expected = np.concatenate([embed(IMAGES), mirrored()], axis=-1)
    np.testing.assert_array_equal(features, expected)


def test_mirror_features_of_a_mirror_image_are_the_same():
    np.testing.assert_array_equal(
        mirror_features(embed, IMAGES), mirror_features(embed, IMAGES[:, :, :, ::-1])
    )


def test_mirror_features_refuses_fewer_than_three_axes():
    with pytest.raises(
        ValueError, match=r"must be \[..., height, .* got shape \(3, 5\)"
    ):
        mirror_features(embed, IMAGES[0, 0, :, :, 0])
