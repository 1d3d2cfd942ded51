"""Ten-crop: corners, middle and their mirror images."""

import functools

import numpy as np
import pytest

from adrjax.data.augment import one_of_ten_crops, ten_crop
from tests.data.augment._images import IMAGE, many


@pytest.mark.parametrize(
    "size, middle", [((5, 7), (2, 2)), ((6, 5), (2, 4)), ((9, 12), (0, 0))]
)
def test_ten_crop_has_the_order_of_torchvision(size, middle):
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


def test_one_of_ten_crops_is_uniform():
    crops = many(functools.partial(one_of_ten_crops, size=(5, 7)), IMAGE, 2000)
    ten = np.asarray(ten_crop(IMAGE, size=(5, 7)))
    which = (crops[:, None] == ten).all((2, 3, 4))
    assert (which.sum(1) == 1).all()
    assert which.sum(0).min() > 140 and which.sum(0).max() < 260


def test_ten_crop_refuses_an_image_without_channels():
    with pytest.raises(ValueError, match=r"got shape \(9, 12\); use jax.vmap"):
        ten_crop(IMAGE[..., 0], size=(5, 5))
