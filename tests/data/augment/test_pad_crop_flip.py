"""Random crop with padding and flip: every outcome is one of 162, all as likely."""

import collections
import functools

import jax
import numpy as np
import pytest

from adrjax.data.augment import pad_crop_flip
from tests.data.augment._images import many

IMAGE = np.random.default_rng(0).integers(1, 256, (6, 5, 3)).astype(np.uint8)


def outcomes(image, padding):
    """Every crop of the padded image, and its mirror image."""
    height, width, channels = image.shape
    padded = np.zeros(
        (height + 2 * padding, width + 2 * padding, channels), image.dtype
    )
    padded[padding : padding + height, padding : padding + width] = image
    for y in range(2 * padding + 1):
        for x in range(2 * padding + 1):
            crop = padded[y : y + height, x : x + width]
            yield from (crop, crop[:, ::-1])


def augmented(n, **options):
    return many(functools.partial(pad_crop_flip, **options), IMAGE, n)


@pytest.mark.parametrize("padding", [1, 4])
def test_pad_crop_flip_is_uniform_over_crops_and_mirror_images(padding):
    expected = {crop.tobytes() for crop in outcomes(IMAGE, padding)}
    assert len(expected) == 2 * (2 * padding + 1) ** 2
    options = {} if padding == 4 else {"padding": padding}  # 4 is the default
    images = augmented(200 * len(expected), **options)
    counts = collections.Counter(image.tobytes() for image in images)
    assert set(counts) == expected
    # Within five standard deviations of 200.
    assert min(counts.values()) > 130 and max(counts.values()) < 270


def test_pad_crop_flip_without_padding_only_flips():
    images = augmented(50, padding=0)
    mirrored = (images == IMAGE[:, ::-1]).all((1, 2, 3))
    same = (images == IMAGE).all((1, 2, 3))
    assert (mirrored ^ same).all() and 10 < same.sum() < 40


def test_pad_crop_flip_is_the_same_under_jit_and_vmap():
    keys = jax.random.split(jax.random.key(0), 3)
    for key, one in zip(keys, many(pad_crop_flip, IMAGE, 3), strict=True):
        np.testing.assert_array_equal(jax.jit(pad_crop_flip)(key, IMAGE), one)
