"""One shift of color an image, along the principal components."""

import functools

import jax
import numpy as np
import pytest

from adrjax.data.augment import lighting
from tests.data.augment._images import IMAGE, many

PIXELS = IMAGE / np.float32(255)
VALUES = np.array([0.5, 0.2, 0.1])
VECTORS = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]


def shifts(n=4000, **kwargs):
    moved = many(functools.partial(lighting, **kwargs), PIXELS, n) - PIXELS
    assert np.ptp(moved, (1, 2)).max() < 1e-6  # the same for all pixels
    return moved[:, 0, 0]


def test_shifts_have_the_covariance_stated():
    moved = shifts(std=0.3, eigenvalues=VALUES, eigenvectors=VECTORS)
    expected = VECTORS @ np.diag((0.3 * VALUES) ** 2) @ VECTORS.T
    np.testing.assert_allclose(np.cov(moved.T), expected, atol=0.05 * expected.max())
    np.testing.assert_allclose(moved.mean(0), 0, atol=0.01)


def test_the_defaults_are_those_of_imagenet():
    """As public code has them, in red, green and blue."""
    first = np.linalg.eigh(np.cov(shifts().T))
    np.testing.assert_allclose(
        first[0][::-1] ** 0.5, [0.02175, 0.00188, 0.00045], rtol=0.05
    )
    largest = first[1][:, -1] * np.sign(first[1][0, -1])
    np.testing.assert_allclose(largest, [0.5675, 0.5808, 0.5836], atol=0.005)


def test_no_spread_no_change_and_levels_are_clipped():
    key = jax.random.key(0)
    np.testing.assert_array_equal(lighting(key, IMAGE, std=0), IMAGE)
    bright = many(functools.partial(lighting, std=20), IMAGE, 50)
    assert set(bright[:, 0, 0].ravel().tolist()) >= {0, 255}
    assert many(functools.partial(lighting, std=20), PIXELS, 50).max() > 1


def test_what_has_no_colors_is_refused():
    with pytest.raises(
        ValueError, match=r"red, green and blue, got shape \(9, 12, 1\)"
    ):
        lighting(jax.random.key(0), IMAGE[..., :1])
    with pytest.raises(ValueError, match=r"std must be at least 0, got -0.1"):
        lighting(jax.random.key(0), IMAGE, std=-0.1)
