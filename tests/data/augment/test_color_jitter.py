"""Color jitter against a slow version."""

import colorsys
import functools
import inspect

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
def test_color_jitter_equals_a_slow_version(kwargs):
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


def test_color_jitter_changes_nothing_by_default():
    nothing = compiled(0.0)(jax.random.key(0), IMAGE, 0.0, 0.0, 0.0)
    np.testing.assert_array_equal(nothing, IMAGE)
    defaults = inspect.signature(color_jitter).parameters.values()
    assert [p.default for p in defaults if p.default is not p.empty] == [0.0] * 4


def test_color_jitter_factors_are_uniform_around_one_and_not_negative():
    image = np.full((1, 1, 1), 0.25, np.float32)
    for strength, low, high in ((0.4, 0.6, 1.4), (1.5, 0.0, 2.5)):
        factors = many(color_jitter, image, 2000, brightness=strength)
        np.testing.assert_allclose(factors.mean() / 0.25, (low + high) / 2, atol=0.05)
        np.testing.assert_allclose(factors.min() / 0.25, low, atol=0.01)
        np.testing.assert_allclose(factors.max() / 0.25, high, atol=0.01)


def test_color_jitter_changes_the_brightness_of_grey_images_only():
    grey = IMAGE[..., :1]
    jittered = compiled(0.5)(jax.random.key(0), grey, 0.0, 0.0, 0.9)
    np.testing.assert_array_equal(jittered, grey)
    brighter = compiled(0.5)(jax.random.key(0), grey, 0.9, 0.0, 0.0)
    assert brighter.shape == grey.shape and (brighter != grey).any()


def test_color_jitter_refuses_two_channels():
    with pytest.raises(ValueError, match=r"1 channel or 3 .* got shape \(9, 12, 2\)"):
        color_jitter(jax.random.key(0), IMAGE[..., :2])
