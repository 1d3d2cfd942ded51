"""Crop of a fixed place."""

import functools

import jax
import numpy as np
import pytest

from adrjax.data import augment
from tests.data.augment._images import IMAGE

FACES = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3), np.uint8)


@pytest.mark.parametrize(
    "options, rows, columns",
    [
        ({"size": (5, 7)}, slice(2, 7), slice(2, 9)),
        ({"size": (6, 5)}, slice(2, 8), slice(4, 9)),  # the middle of ten_crop
        ({"size": (9, 12)}, slice(0, 9), slice(0, 12)),
        ({"size": (5, 7), "top": 0, "left": 5}, slice(0, 5), slice(5, 12)),
        ({"size": (5, 7), "top": 4}, slice(4, 9), slice(2, 9)),
    ],
)
def test_crop_is_a_slice(options, rows, columns):
    np.testing.assert_array_equal(augment.crop(IMAGE, **options), IMAGE[rows, columns])


def test_crop_of_ie_is_the_columns_8_to_103():
    view = functools.partial(augment.crop, size=(112, 96))
    np.testing.assert_array_equal(jax.vmap(view)(FACES), FACES[:, :, 8:104])


def test_crop_is_part_of_an_augmentation():
    def cropped(key, image):
        return augment.flip(key, augment.crop(image, size=(112, 96)), rate=1.0)

    image = cropped(jax.random.key(0), FACES[0])
    np.testing.assert_array_equal(image, FACES[0, :, 8:104][:, ::-1])
