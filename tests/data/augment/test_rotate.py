"""Random rotation, against SciPy and torchvision."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from adrjax.data.augment import rotate
from adrjax.data.augment._warp import rotation
from tests.data.augment._images import HILLS, many

ORDERS = {"nearest": 0, "bilinear": 1}
MODES = {"black": "grid-constant", "edge": "nearest"}

# torchvision 0.29.1, functional.rotate(tensor, degrees, InterpolationMode.NEAREST) of
# an image of 33 x 40 numbered pixels. Counterclockwise, each pixel (y, x) of the result
# is that at (ROWS[x], COLUMNS[y]) of the image, or black for -1. All places lie exactly
# between two pixels.
# fmt: off
ROWS = {
    90: [-1, -1, -1, 0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14, 16, 16, 18,
         18, 20, 20, 22, 22, 24, 24, 26, 26, 28, 28, 30, 30, 32, 32, -1, -1, -1],
    -90: [-1, -1, -1, 32, 32, 30, 30, 28, 28, 26, 26, 24, 24, 22, 22, 20, 20, 18, 18,
          16, 16, 14, 14, 12, 12, 10, 10, 8, 8, 6, 6, 4, 4, 2, 2, 0, 0, -1, -1, -1],
}
COLUMNS = {
    90: [36, 34, 34, 32, 32, 30, 30, 28, 28, 26, 26, 24, 24, 22, 22, 20, 20, 18, 18, 16,
         16, 14, 14, 12, 12, 10, 10, 8, 7, 6, 6, 4, 3],
    -90: [3, 4, 6, 6, 7, 8, 10, 10, 12, 12, 14, 14, 16, 16, 18, 18, 20, 20, 22, 22, 24,
          24, 26, 26, 28, 28, 30, 30, 32, 32, 34, 34, 36],
}
# fmt: on


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
def test_rotate_equals_scipy(interpolation, border):
    kwargs = {"interpolation": interpolation, "border": border}
    jitted = jax.jit(functools.partial(rotate, degrees=60, **kwargs))
    for seed in range(5):
        key = jax.random.key(seed)
        angle_key, _ = jax.random.split(key)
        degrees = jax.random.uniform(angle_key, minval=-60, maxval=60)
        expected = slow(HILLS, float(degrees), **kwargs)
        near = abs(np.asarray(jitted(key, HILLS), int) - expected) <= 1
        assert near.mean() > 0.995  # a place between two pixels depends on rounding


@pytest.mark.parametrize("degrees", [90, -90])
def test_rotate_by_a_right_angle_chooses_the_pixels_of_torchvision(degrees):
    rows, columns = np.array(ROWS[degrees])[None], np.array(COLUMNS[degrees])[:, None]
    image = np.arange(1, 33 * 40 + 1, dtype=np.float32).reshape(33, 40, 1)
    expected = np.where((rows >= 0) & (columns >= 0), image[rows, columns, 0], 0)
    rotated = jax.jit(lambda key, most: rotate(key, image, degrees=most))
    seeds = jnp.arange(20)
    draws = jax.vmap(lambda seed: drawn(jax.random.key(seed)))(seeds)
    # The angle is the draw in -1..1 times the largest one, counted clockwise.
    for seed in np.flatnonzero((draws * degrees < 0) & (abs(draws) > 0.3))[:3]:
        actual = rotated(jax.random.key(seed), degrees / -draws[seed])[..., 0]
        assert (actual != expected).mean() <= 0.02


def drawn(key):
    angle_key, _ = jax.random.split(key)
    return jax.random.uniform(angle_key, minval=-1)


def test_rotations_by_right_angles_are_exact():
    degrees = jnp.array([0.0, 90.0, 180.0, 270.0, -90.0, 90.00001, 30.0])
    sines = np.asarray(jax.vmap(rotation)(jnp.deg2rad(degrees)))[:, 1, :2]
    expected = [[0, 1], [1, 0], [0, -1], [-1, 0], [-1, 0], [1, 0], [0.5, 0.75**0.5]]
    np.testing.assert_array_equal(sines[:6], expected[:6])
    np.testing.assert_allclose(sines[6], expected[6], rtol=1e-6)


def test_rotate_happens_at_the_rate():
    images = many(rotate, HILLS, 1000, degrees=20, rate=0.3)
    same = (images == HILLS).all((1, 2, 3))
    np.testing.assert_allclose(same.mean(), 0.7, atol=0.06)
    still = many(rotate, HILLS, 1000, degrees=0, rate=1.0)
    assert (still == HILLS).all()


def test_rotate_is_nearest_and_black_by_default():
    image = np.full((9, 9, 1), 200, np.uint8)
    assert {*np.unique(many(rotate, image, 50, degrees=45.0))} == {0, 200}
