"""The three normalizations, against numpy in float64."""

import jax
import numpy as np
import pytest

from adrjax import data
from adrjax.data import augment

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 3, 5, 4, 3)).astype(np.uint8)
PIXELS = IMAGES.astype(float)


def each(x):
    """The values of each image in a row."""
    return x.reshape(6, -1)


def test_normalize_centers_and_scales_each_channel():
    mean, std = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.3, 0.4])
    for images in (IMAGES, np.float32(IMAGES / 255)):
        actual = augment.normalize(images, mean=mean, std=std)
        assert actual.dtype == np.float32
        np.testing.assert_allclose(actual, (PIXELS / 255 - mean) / std, atol=1e-5)
    half = augment.normalize(IMAGES, mean=0.5, std=0.5)
    np.testing.assert_allclose(half, PIXELS / 127.5 - 1, atol=1e-5)


def test_dataset_normalize_uses_its_own_statistics():
    dataset = data.cifar10()
    np.testing.assert_array_equal(
        dataset.normalize(IMAGES),
        augment.normalize(IMAGES, mean=dataset.mean, std=dataset.std),
    )


@pytest.mark.parametrize("scale", [1, 255])
def test_normalize_each_gives_mean_0_and_variance_1(scale):
    images = IMAGES if scale == 1 else np.float32(IMAGES / 255)
    actual = each(np.asarray(augment.normalize_each(images)))
    x = each(PIXELS)
    expected = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_normalize_each_bounds_the_divisor():
    faint = np.zeros((4, 4, 1), np.float32)
    faint[0, 0] = 0.01  # its standard deviation is less than 1 / sqrt(16)
    expected = (faint - faint.mean()) * 4
    np.testing.assert_allclose(augment.normalize_each(faint), expected, rtol=1e-6)


@pytest.mark.parametrize("f", [augment.normalize_each, augment.normalize_contrast])
def test_normalizations_of_a_blank_image_are_zero(f):
    """Rounding of the mean is not blown up to the contrast of an image."""
    blank = [np.full((32, 32, 3), x, np.float32) for x in (0.3, 1e-6, 1e6, 0)]
    blank += [np.full((224, 224, 3), 0.7, np.float32)]
    blank += [np.full((8, 8, 3), 9, np.uint8)]
    for image in blank:
        np.testing.assert_array_equal(jax.jit(f)(image), np.zeros(image.shape))


@pytest.mark.parametrize("f", [augment.normalize_each, augment.normalize_contrast])
def test_normalizations_center_an_image_of_large_values(f):
    image = 1000 + np.random.default_rng(0).random((32, 32, 3), np.float32)
    normal = np.asarray(f(image), np.float64)
    assert abs(normal.mean()) < 1e-6 * normal.std()


def slow_contrast(x, scale=1.0, bias=0.0, by_std=False, least=1e-8):
    """pylearn2's global_contrast_normalize(sqrt_bias=bias, min_divisor=least)."""
    x = x - x.mean(1, keepdims=True)
    energy = x.var(1, ddof=1) if by_std else (x**2).sum(1)
    divisors = np.sqrt(bias + energy) / scale
    divisors[divisors < least] = 1
    return x / divisors[:, None]


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"scale": 55.0},
        {"bias": 10.0, "by_std": True},
        {"bias": 1e5, "scale": 3.0},
        {"least": 560.0},
    ],
)
def test_normalize_contrast_equals_pylearn2(kwargs):
    actual = each(np.asarray(augment.normalize_contrast(IMAGES, **kwargs)))
    np.testing.assert_allclose(
        actual, slow_contrast(each(PIXELS), **kwargs), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("f", [augment.normalize_each, augment.normalize_contrast])
def test_normalizations_refuse_what_is_not_an_image(f):
    with pytest.raises(
        ValueError, match=r"must be \[..., height, .* got shape \(4, 3\)"
    ):
        f(IMAGES[0, 0, 0])
    with pytest.raises(TypeError, match=r"images must be uint8, .* got int32"):
        f(IMAGES.astype(np.int32))


def test_normalize_refuses_levels_of_an_unknown_white():
    with pytest.raises(TypeError, match=r"images must be uint8, .* got int32"):
        augment.normalize(IMAGES.astype(np.int32), mean=0, std=1)
