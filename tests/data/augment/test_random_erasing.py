"""Random erasing against torchvision's boxes."""

import functools
import inspect
import math

import numpy as np
import pytest

from adrjax.data.augment import random_erasing
from tests.data.augment._images import many

IMAGE = np.full((30, 20, 3), 128, np.uint8)


def slow_box(rng, scale, ratio):
    """torchvision's RandomErasing.get_params; its aspect is height over width."""
    for _ in range(10):
        area = 600 * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(*np.log(ratio)))
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if h < 30 and w < 20:
            return h, w
    return 0, 0


def erased(n, **kwargs):
    images = many(functools.partial(random_erasing, **kwargs), IMAGE, n)
    return images, (images != IMAGE).any(-1)


@pytest.mark.parametrize(
    "scale, ratio", [((0.02, 0.33), (0.3, 3.3)), ((0.6, 0.9), (0.5, 4.0))]
)
def test_random_erasing_boxes_are_distributed_as_in_torchvision(scale, ratio):
    rng = np.random.default_rng(0)
    expected = np.array([slow_box(rng, scale, ratio) for _ in range(3000)])
    _, where = erased(3000, rate=1.0, scale=scale, ratio=ratio)
    rows, columns = where.any(2), where.any(1)
    sizes = np.stack([rows.sum(1), columns.sum(1)], 1)
    assert (where == rows[:, :, None] & columns[:, None]).all()  # rectangles
    assert (np.abs(np.diff(rows.astype(int), axis=1)).sum(1) <= 2).all()  # in one piece
    np.testing.assert_allclose(
        (sizes[:, 0] == 0).mean(), (expected[:, 0] == 0).mean(), atol=0.03
    )
    for moment in (np.mean, np.std):
        np.testing.assert_allclose(
            moment(sizes, 0), moment(expected, 0), rtol=0.07, atol=0.15
        )
    assert where.any(0).all()


def test_random_erasing_happens_at_the_rate():
    for rate in (0.5, 0.25):
        images = many(random_erasing, IMAGE, 1000, rate=rate)
        erases = (images != IMAGE).any((1, 2, 3))
        np.testing.assert_allclose(erases.mean(), rate, atol=0.06)
    assert inspect.signature(random_erasing).parameters["rate"].default == 0.5


def test_random_erasing_fills_with_a_color():
    images, where = erased(20, fill=(0.0, 0.2, 1.0))
    assert (images[where] == [0, 51, 255]).all()


def test_random_erasing_noise_is_uniform_over_the_levels():
    images, where = erased(300, rate=1.0, fill="noise")
    levels = np.bincount(images[where].ravel(), minlength=256)
    assert levels.min() > 0.7 * levels.mean() and levels.max() < 1.3 * levels.mean()
    assert len(np.unique(images[where], axis=0)) > 0.98 * where.sum()
