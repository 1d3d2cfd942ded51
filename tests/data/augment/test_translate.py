"""Random translation, with black or the edge outside of the image."""

import collections
import functools

import numpy as np
import pytest

from adrjax.data.augment import translate
from tests.data.augment._images import IMAGE, many


def slow(y, x, border):
    padded = np.pad(
        IMAGE,
        [(9, 9), (12, 12), (0, 0)],
        **{"mode": "constant"} if border == "black" else {"mode": "edge"},
    )
    return padded[9 + y : 18 + y, 12 + x : 24 + x]


@pytest.mark.parametrize(
    "fraction, down, right, border",
    [(0.2, 2, 2, "black"), (0.3, 3, 4, "edge"), (1.0, 9, 12, "black")],
)
def test_translate_reaches_every_shift(fraction, down, right, border):
    ways = {
        (y, x): slow(y, x, border).tobytes()
        for y in range(-down, down + 1)
        for x in range(-right, right + 1)
    }
    moved = many(
        functools.partial(translate, fraction=fraction, border=border), IMAGE, 20_000
    )
    counts = collections.Counter(image.tobytes() for image in moved)
    assert set(counts) <= set(ways.values())
    if fraction < 1:
        assert set(counts) == set(ways.values())


def test_translate_rounds_shifts_as_torchvision():
    """Uniform in -2.4 to 2.4, rounded: the ends are less likely than the rest."""
    moved = many(translate, IMAGE, 4000)  # a fifth is the default
    share = np.mean([(image[:, :2] == 0).all() for image in moved])
    np.testing.assert_allclose(share, 0.9 / 4.8, atol=0.02)


def test_translate_happens_at_the_rate():
    moved = many(functools.partial(translate, fraction=1.0, rate=0.3), IMAGE, 1000)
    np.testing.assert_allclose((moved == IMAGE).all((1, 2, 3)).mean(), 0.7, atol=0.06)
