"""Cutout: a square around every pixel, cut off at the edges."""

import collections
import functools

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
def test_cutout_squares_are_uniform_over_the_pixels(size, fill, color):
    expected = collections.Counter(
        slow(y, x, size, color) for y in range(9) for x in range(12)
    )
    images = many(functools.partial(cutout, size=size, fill=fill), IMAGE, 108 * 60)
    counts = collections.Counter(image.tobytes() for image in images)
    assert set(counts) == set(expected)
    assert min(counts.values()) > 25 and max(counts.values()) < 105 * max(
        expected.values()
    )


def test_cutout_is_16_black_pixels_by_default():
    image = np.full((40, 40, 1), 0.5, np.float32)
    images = many(cutout, image, 50)
    assert ((images == 0) | (images == 0.5)).all()
    assert (images == 0).sum((1, 2, 3)).max() == 256


def test_cutout_of_size_0_changes_nothing():
    assert (many(functools.partial(cutout, size=0), IMAGE, 2) == IMAGE).all()
