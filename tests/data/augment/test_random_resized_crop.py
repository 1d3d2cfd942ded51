"""Random resized crop: the boxes of torchvision, scaled as in Pillow."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
import pytest

from adrjax.data.augment import random_resized_crop
from adrjax.data.augment._boxes import random_box
from tests.data.augment._images import HILLS, IMAGE, many


def slow_box(rng, height, width, scale, ratio):
    """torchvision's RandomResizedCrop.get_params; None if nothing fits."""
    for _ in range(10):
        area = height * width * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(*np.log(ratio)))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return rng.integers(height - h + 1), rng.integers(width - w + 1), h, w
    return None


@jax.jit
@functools.partial(jax.vmap, in_axes=(0, None, None, None))
def boxes(key, size, scale, ratio):
    return random_box(key, size, scale=scale, ratio=ratio, largest=size)


@pytest.mark.parametrize(
    "size, scale, ratio",
    [
        ((32, 32), (0.08, 1.0), (3 / 4, 4 / 3)),
        ((48, 48), (0.8, 1.2), (3 / 4, 4 / 3)),
        ((20, 60), (0.2, 0.9), (0.5, 0.8)),
    ],
)
def test_random_resized_crop_boxes_are_distributed_as_in_torchvision(
    size, scale, ratio
):
    rng = np.random.default_rng(0)
    slow = [slow_box(rng, *size, scale, ratio) for _ in range(4000)]
    found = np.array([box for box in slow if box is not None])
    drawn, fits = boxes(jax.random.split(jax.random.key(0), 4000), size, scale, ratio)
    drawn, fits = np.stack(drawn, axis=1), np.asarray(fits)
    np.testing.assert_allclose(fits.mean(), len(found) / 4000, atol=0.03)
    drawn = drawn[fits]
    for moment in (np.mean, np.std):
        np.testing.assert_allclose(moment(drawn, 0), moment(found, 0), rtol=0.06)
    top, left, height, width = drawn.T
    assert (top >= 0).all() and (top + height <= size[0]).all()
    assert (left >= 0).all() and (left + width <= size[1]).all()
    # No tighter than torchvision: the extremes are reached.
    assert abs(height.min() - found[:, 2].min()) <= 2
    assert abs(width.max() - found[:, 3].max()) <= 2


@pytest.mark.parametrize("size", [(9, 11), (40, 50)])
def test_random_resized_crop_scales_as_pillow(size):
    keys = jax.random.split(jax.random.key(0), 20)
    crop = functools.partial(
        random_resized_crop, size=size, scale=(0.2, 1.0), ratio=(0.5, 2.0)
    )
    whole = HILLS.shape[:2]
    drawn, fits = boxes(keys, whole, (0.2, 1.0), (0.5, 2.0))
    assert fits.all()
    for image, box in zip(many(crop, HILLS, 20), np.stack(drawn, axis=1), strict=True):
        top, left, height, width = map(int, box)
        part = Image.fromarray(HILLS).crop((left, top, left + width, top + height))
        expected = part.resize(size[::-1], Image.Resampling.BILINEAR)
        assert abs(np.asarray(expected, int) - image).max() <= 1


@pytest.mark.parametrize(
    "shape, ratio, expected",
    [((20, 60), (3 / 4, 4 / 3), np.s_[:, 16:43]), ((60, 20), (1.0, 2.0), np.s_[20:40])],
)
def test_random_resized_crop_falls_back_to_the_middle(shape, ratio, expected):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 1)).astype(np.uint8)
    middle = image[expected]
    crop = functools.partial(
        random_resized_crop, size=middle.shape[:2], scale=(1.5, 2), ratio=ratio
    )
    assert (many(crop, image, 2) == middle).all()


def test_random_resized_crop_of_the_whole_image_is_the_image():
    whole = functools.partial(
        random_resized_crop, size=(9, 12), scale=(1, 1), ratio=(4 / 3, 4 / 3)
    )
    assert (many(whole, IMAGE, 2) == IMAGE).all()


def test_random_resized_crop_keeps_floats_of_any_range():
    image = jnp.full((9, 12, 2), -3.0)
    crops = many(lambda k, x: random_resized_crop(k, x, size=(5, 7)), image, 20)
    assert crops.shape == (20, 5, 7, 2)
    np.testing.assert_allclose(crops, -3, rtol=1e-6)
