"""A square around every pixel, cut off at the edges."""

import collections
import functools

import jax
import numpy as np
import pytest

from adrjax.data.augment import cutout
from tests.data.augment._images import IMAGE, many


def slow(y, x, size, color):
    image = IMAGE.copy()
    top, left = y - size // 2, x - size // 2
    image[max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)] = color
    return image.tobytes()


@pytest.mark.parametrize(
    "size, fill, color",
    [(1, 0.0, 0), (4, (0.2, 0.4, 1.0), (51, 102, 255)), (5, 0.0, 0)],
)
def test_every_pixel_is_as_often_the_middle(size, fill, color):
    expected = collections.Counter(
        slow(y, x, size, color) for y in range(9) for x in range(12)
    )
    images = many(functools.partial(cutout, size=size, fill=fill), IMAGE, 108 * 60)
    counts = collections.Counter(image.tobytes() for image in images)
    assert set(counts) == set(expected)
    assert min(counts.values()) > 25 and max(counts.values()) < 105 * max(
        expected.values()
    )


def test_sixteen_black_pixels_are_the_default():
    image, key = np.full((40, 40, 1), 0.5, np.float32), jax.random.key(3)
    np.testing.assert_array_equal(
        cutout(key, image), cutout(key, image, size=16, fill=0)
    )
    assert cutout(key, image, size=0).min() == 0.5
    assert (many(cutout, image, 50) == 0).sum((1, 2, 3)).max() == 256


def test_what_fills_no_image_is_refused():
    with pytest.raises(ValueError, match=r"fill must be one .* got shape \(2,\)"):
        cutout(jax.random.key(0), IMAGE, fill=(0.1, 0.2))
    with pytest.raises(ValueError, match="size must be at least 0, got -3"):
        cutout(jax.random.key(0), IMAGE, size=-3)
