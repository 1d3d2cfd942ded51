"""PCA lighting: one shift of color an image, along the principal components."""

import jax
import numpy as np
import pytest

from adrjax.data.augment import lighting
from tests.data.augment._images import IMAGE, many

PIXELS = IMAGE / np.float32(255)
VALUES = np.array([0.5, 0.2, 0.1])
VECTORS = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]


def shifts(n=4000, **traced):
    moved = many(lighting, PIXELS, n, **traced) - PIXELS
    assert np.ptp(moved, (1, 2)).max() < 1e-6  # the same for all pixels
    return moved[:, 0, 0]


def test_lighting_shifts_have_the_given_covariance():
    moved = shifts(std=0.3, eigenvalues=VALUES, eigenvectors=VECTORS)
    expected = VECTORS @ np.diag((0.3 * VALUES) ** 2) @ VECTORS.T
    np.testing.assert_allclose(np.cov(moved.T), expected, atol=0.05 * expected.max())
    np.testing.assert_allclose(moved.mean(0), 0, atol=0.01)


def test_lighting_defaults_are_those_of_imagenet():
    """In red, green and blue, as in public code."""
    first = np.linalg.eigh(np.cov(shifts().T))
    np.testing.assert_allclose(
        first[0][::-1] ** 0.5, [0.02175, 0.00188, 0.00045], rtol=0.05
    )
    largest = first[1][:, -1] * np.sign(first[1][0, -1])
    np.testing.assert_allclose(largest, [0.5675, 0.5808, 0.5836], atol=0.005)


def test_lighting_clips_levels_but_not_floats():
    assert (many(lighting, IMAGE, 50, std=0.0) == IMAGE).all()
    bright = many(lighting, IMAGE, 50, std=20.0)
    assert set(bright[:, 0, 0].ravel().tolist()) >= {0, 255}
    assert many(lighting, PIXELS, 50, std=20.0).max() > 1


def test_lighting_refuses_grey_images():
    with pytest.raises(
        ValueError, match=r"red, green and blue, got shape \(9, 12, 1\)"
    ):
        lighting(jax.random.key(0), IMAGE[..., :1])
