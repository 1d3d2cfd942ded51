"""Every way within reach, with black or the edge behind it."""

import collections
import functools

import jax
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
def test_ways_are_those_within_reach(fraction, down, right, border):
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


def test_ways_are_rounded_as_those_of_torchvision():
    """Uniform in -2.4 to 2.4, rounded: the ends are less likely than the rest."""
    moved = many(functools.partial(translate, fraction=0.2, rate=1.0), IMAGE, 4000)
    share = np.mean([(image[:, :2] == 0).all() for image in moved])
    np.testing.assert_allclose(share, 0.9 / 4.8, atol=0.02)


def test_the_rest_stays_as_it_is():
    moved = many(functools.partial(translate, fraction=1.0, rate=0.3), IMAGE, 1000)
    np.testing.assert_allclose((moved == IMAGE).all((1, 2, 3)).mean(), 0.7, atol=0.06)


def test_a_fifth_is_the_default():
    key = jax.random.key(1)
    np.testing.assert_array_equal(
        translate(key, IMAGE), translate(key, IMAGE, fraction=0.2, border="black")
    )


def test_what_is_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"fraction must be in \[0, 1\], got 1.1"):
        translate(jax.random.key(0), IMAGE, fraction=1.1)
    with pytest.raises(ValueError, match="border must be one of 'black', 'edge'"):
        translate(jax.random.key(0), IMAGE, border="mirror")
