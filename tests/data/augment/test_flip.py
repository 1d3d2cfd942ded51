"""Random horizontal flip."""

import numpy as np
import pytest

from adrjax.data.augment import flip
from tests.data.augment._images import IMAGE, many


@pytest.mark.parametrize("kwargs, rate", [({}, 0.5), ({"rate": 0.2}, 0.2)])
def test_flip_mirrors_at_the_rate(kwargs, rate):
    images = many(flip, IMAGE, 1000, **kwargs)
    mirrored = (images == IMAGE[:, ::-1]).all((1, 2, 3))
    assert (mirrored | (images == IMAGE).all((1, 2, 3))).all()
    np.testing.assert_allclose(mirrored.mean(), rate, atol=0.06)
