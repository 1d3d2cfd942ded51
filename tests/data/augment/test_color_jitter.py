"""Each change against a slow version, and their order."""

import colorsys
import functools

import jax
import numpy as np
import pytest

from adrjax.data.augment import color_jitter
from tests.data.augment._images import IMAGE, many

STRENGTHS = ("brightness", "contrast", "saturation")


def slow(key, image, brightness=0.0, contrast=0.0, saturation=0.0, hue=0.0):
    """Pixel by pixel, with the random numbers of the fast one."""
    order_key, factor_key, hue_key = jax.random.split(key, 3)
    strengths = np.array([brightness, contrast, saturation, 0], np.float32)
    low, high = np.maximum(0, 1 - strengths), 1 + strengths
    factors = jax.random.uniform(factor_key, (4,), minval=low, maxval=high)
    turn = float(jax.random.uniform(hue_key, minval=-hue, maxval=hue))
    x = image / 255.0
    for change in np.asarray(jax.random.permutation(order_key, 4)):
        grey = (x @ [0.2989, 0.587, 0.114])[..., None]
        if change == 3:
            x = np.array([[turned(p, turn) for p in row] for row in x])
        else:
            base = [0.0, grey.mean(), grey][change]
            x = np.clip(factors[change] * x + (1 - factors[change]) * base, 0, 1)
    return np.rint(255 * x)


def turned(pixel, turn):
    hue, saturation, value = colorsys.rgb_to_hsv(*map(float, pixel))
    return colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)


@functools.cache
def compiled(hue):
    def jitter(key, image, *strengths):
        named = dict(zip(STRENGTHS, strengths, strict=True))
        return color_jitter(key, image, **named, hue=hue)

    return jax.jit(jitter)


@pytest.mark.parametrize(
    "kwargs",
    [
        {"brightness": 0.9},
        {"contrast": 0.9},
        {"saturation": 0.9},
        {"hue": 0.5},
        {"brightness": 0.4, "contrast": 1.5, "saturation": 0.4, "hue": 0.1},
    ],
)
def test_it_does_what_a_slow_version_does(kwargs):
    jitted = compiled(kwargs.get("hue", 0.0))
    strengths = [kwargs.get(name, 0.0) for name in STRENGTHS]
    image = IMAGE.copy()
    image[0] = image[0, :, :1]  # grey
    for seed in range(6):
        key = jax.random.key(seed)
        difference = np.asarray(jitted(key, image, *strengths), int) - slow(
            key, image, **kwargs
        )
        assert abs(difference).max() <= 1


def test_nothing_is_the_default():
    np.testing.assert_array_equal(color_jitter(jax.random.key(0), IMAGE), IMAGE)


def test_factors_are_uniform_around_one_and_not_negative():
    image = np.full((1, 1, 1), 0.25, np.float32)
    for strength, low, high in ((0.4, 0.6, 1.4), (1.5, 0.0, 2.5)):
        factors = many(color_jitter, image, 2000, brightness=strength)
        np.testing.assert_allclose(factors.mean() / 0.25, (low + high) / 2, atol=0.05)
        np.testing.assert_allclose(factors.min() / 0.25, low, atol=0.01)
        np.testing.assert_allclose(factors.max() / 0.25, high, atol=0.01)


def test_grey_images_have_no_color_to_change():
    grey = IMAGE[..., :1]
    jittered = color_jitter(jax.random.key(0), grey, saturation=0.9, hue=0.5)
    np.testing.assert_array_equal(jittered, grey)
    brighter = color_jitter(jax.random.key(0), grey, brightness=0.9)
    assert brighter.shape == grey.shape and (brighter != grey).any()


def test_what_is_out_of_range_is_refused():
    key = jax.random.key(0)
    for name in STRENGTHS:
        with pytest.raises(ValueError, match=f"{name} must be at least 0, got -0.1"):
            color_jitter(key, IMAGE, **{name: -0.1})
    with pytest.raises(ValueError, match=r"hue must be in \[0, 0.5\], got 0.6"):
        color_jitter(key, IMAGE, hue=0.6)
    with pytest.raises(ValueError, match=r"1 channel or 3, .* got shape \(9, 12, 2\)"):
        color_jitter(key, IMAGE[..., :2])
