"""Rotations as SciPy does them."""

import functools

import jax
import numpy as np
import pytest
from scipy import ndimage

from adrjax.data.augment import rotate
from tests.data.augment._images import HILLS, many

ORDERS = {"nearest": 0, "bilinear": 1}
MODES = {"black": "grid-constant", "edge": "nearest"}


def slow(image, degrees, interpolation, border):
    radians = np.deg2rad(degrees)
    c, s = np.cos(radians), np.sin(radians)
    matrix = np.array([[c, -s], [s, c]])
    middle = (np.array(image.shape[:2]) - 1) / 2
    channels = [
        ndimage.affine_transform(
            channel.astype(float),
            matrix,
            middle - matrix @ middle,
            order=ORDERS[interpolation],
            mode=MODES[border],
        )
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.rint(np.stack(channels, -1))


@pytest.mark.parametrize("interpolation", ORDERS)
@pytest.mark.parametrize("border", MODES)
def test_it_does_what_scipy_does(interpolation, border):
    kwargs = {"interpolation": interpolation, "border": border}
    jitted = jax.jit(functools.partial(rotate, degrees=60, **kwargs))
    for seed in range(5):
        key = jax.random.key(seed)
        angle_key, _ = jax.random.split(key)
        degrees = jax.random.uniform(angle_key, minval=-60, maxval=60)
        expected = slow(HILLS, float(degrees), **kwargs)
        near = abs(np.asarray(jitted(key, HILLS), int) - expected) <= 1
        assert near.mean() > 0.995  # a place between two pixels is a matter of rounding


def test_the_defaults_are_nearest_and_black():
    key = jax.random.key(0)
    explicit = functools.partial(rotate, interpolation="nearest", border="black")
    assert (rotate(key, HILLS, degrees=30) == explicit(key, HILLS, degrees=30)).all()


def test_the_rest_stays_as_it_is():
    images = many(rotate, HILLS, 1000, degrees=20, rate=0.3)
    same = (images == HILLS).all((1, 2, 3))
    np.testing.assert_allclose(same.mean(), 0.7, atol=0.06)
    still = many(rotate, HILLS, 1000, degrees=0, rate=1.0)
    assert (still == HILLS).all()


def test_what_is_out_of_range_is_refused():
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="degrees must be at least 0, got -1"):
        rotate(key, HILLS, degrees=-1)
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 1.5"):
        rotate(key, HILLS, degrees=1, rate=1.5)
    with pytest.raises(
        ValueError, match="interpolation must be one of 'nearest', 'bil"
    ):
        rotate(key, HILLS, degrees=1, interpolation="cubic")
    with pytest.raises(ValueError, match="border must be one of 'black', 'edge'"):
        rotate(key, HILLS, degrees=1, border="white")
