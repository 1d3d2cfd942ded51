"""Corners, middle and their mirror images."""

import functools

import jax
import numpy as np
import pytest

from adrjax.data.augment import one_of_ten_crops, ten_crop
from tests.data.augment._images import IMAGE, many


@pytest.mark.parametrize(
    "size, middle", [((5, 7), (2, 2)), ((6, 5), (2, 4)), ((9, 12), (0, 0))]
)
def test_crops_are_in_the_order_of_torchvision(size, middle):
    (h, w), (y, x) = size, middle
    expected = [
        crop
        for image in (IMAGE, IMAGE[:, ::-1])
        for crop in (
            image[:h, :w],
            image[:h, 12 - w :],
            image[9 - h :, :w],
            image[9 - h :, 12 - w :],
            image[y : y + h, x : x + w],
        )
    ]
    np.testing.assert_array_equal(ten_crop(IMAGE, size=size), expected)


def test_one_at_random_is_each_as_often():
    crops = many(functools.partial(one_of_ten_crops, size=(5, 7)), IMAGE, 2000)
    ten = np.asarray(ten_crop(IMAGE, size=(5, 7)))
    which = (crops[:, None] == ten).all((2, 3, 4))
    assert (which.sum(1) == 1).all()
    assert which.sum(0).min() > 140 and which.sum(0).max() < 260


def test_crops_larger_than_the_image_are_refused():
    with pytest.raises(ValueError, match="the image of 9 x 12 pixels, got 10 x 5"):
        ten_crop(IMAGE, size=(10, 5))
    with pytest.raises(ValueError, match="the image of 9 x 12 pixels, got 5 x 13"):
        one_of_ten_crops(jax.random.key(0), IMAGE, size=(5, 13))
    with pytest.raises(ValueError, match=r"got shape \(9, 12\); jax.vmap over"):
        ten_crop(IMAGE[..., 0], size=(5, 5))
