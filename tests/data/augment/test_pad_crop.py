"""Random crop with padding."""

import collections
import functools

import numpy as np
import pytest

from adrjax.data.augment import pad_crop
from tests.data.augment._images import IMAGE, many


@pytest.mark.parametrize(
    "padding, size", [(1, None), (0, (7, 10)), (2, (12, 13)), (0, (9, 12))]
)
def test_pad_crop_is_uniform_over_the_places(padding, size):
    padded = np.pad(IMAGE, [(padding, padding), (padding, padding), (0, 0)])
    height, width = IMAGE.shape[:2] if size is None else size
    crops = {
        padded[y : y + height, x : x + width].tobytes()
        for y in range(padded.shape[0] - height + 1)
        for x in range(padded.shape[1] - width + 1)
    }
    images = many(
        functools.partial(pad_crop, padding=padding, size=size), IMAGE, 200 * len(crops)
    )
    counts = collections.Counter(image.tobytes() for image in images)
    assert set(counts) == crops
    assert 130 < min(counts.values()) <= max(counts.values()) < 270
