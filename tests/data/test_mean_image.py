"""The mean image, and its use as the mean of `augment.normalize`."""

import dataclasses
import functools

import numpy as np
import pytest

from adrjax import data

IMAGES = np.random.default_rng(0).integers(256, size=(1003, 4, 5, 3), dtype=np.uint8)
SPLIT = data.Split(IMAGES, np.zeros(len(IMAGES), np.int32))


def test_mean_image_is_the_mean_of_each_pixel():
    mean = data.mean_image(SPLIT)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, IMAGES.mean(0) / 255, rtol=1e-6)


def test_a_dataset_can_subtract_the_mean_image():
    mean = data.mean_image(SPLIT)
    standardize = functools.partial(data.augment.normalize, mean=mean, std=1 / 255)
    dataset = dataclasses.replace(data.cifar10(), standardize=standardize)
    found = dataset.normalize(IMAGES)
    np.testing.assert_allclose(found, IMAGES - IMAGES.mean(0), atol=1e-4)


def test_normalize_refuses_a_mean_image_of_another_size():
    with pytest.raises(ValueError, match="one number, one a channel or an image"):
        data.augment.normalize(IMAGES, mean=np.zeros((5, 4, 3)), std=1.0)


def test_mean_image_refuses_other_images():
    with pytest.raises(TypeError, match="uint8"):
        data.mean_image(SPLIT._replace(images=IMAGES / 255))
    with pytest.raises(ValueError, match="n at least 1"):
        data.mean_image(SPLIT._replace(images=IMAGES[:0]))
    with pytest.raises(ValueError, match="n at least 1"):
        data.mean_image(SPLIT._replace(images=IMAGES[0]))
