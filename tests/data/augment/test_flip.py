"""Half of the images, or a given share, are mirrored."""

import jax
import numpy as np
import pytest

from adrjax.data.augment import flip
from tests.data.augment._images import IMAGE, many


@pytest.mark.parametrize("kwargs, rate", [({}, 0.5), ({"rate": 0.2}, 0.2)])
def test_images_are_mirrored_at_the_rate(kwargs, rate):
    images = many(flip, IMAGE, 1000, **kwargs)
    mirrored = (images == IMAGE[:, ::-1]).all((1, 2, 3))
    assert (mirrored | (images == IMAGE).all((1, 2, 3))).all()
    np.testing.assert_allclose(mirrored.mean(), rate, atol=0.06)


def test_a_rate_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 2"):
        flip(jax.random.key(0), IMAGE, rate=2)
