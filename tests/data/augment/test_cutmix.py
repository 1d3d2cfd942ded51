"""A box of another image, and targets by its area."""

import jax
import numpy as np
import pytest

from adrjax.data.augment import cutmix

# Each image is all of its own color.
IMAGES = np.broadcast_to(
    20 * np.arange(12, dtype=np.uint8)[:, None, None, None], (12, 15, 10, 2)
)
LABELS = np.arange(12)


def test_targets_are_the_shares_of_the_pixels():
    mix = jax.jit(lambda key: cutmix(key, IMAGES, LABELS, num_classes=12))
    for seed in range(20):
        images, targets = map(np.asarray, mix(jax.random.key(seed)))
        shares = [(images == color).mean((1, 2, 3)) for color in IMAGES[:, 0, 0, 0]]
        np.testing.assert_allclose(targets, np.stack(shares, 1), atol=1e-6)
        pasted = (images != IMAGES)[..., 0]
        rows, columns = pasted.any((0, 2)), pasted.any((0, 1))
        box = rows[:, None] & columns
        changed = pasted.any((1, 2))
        assert (pasted[changed] == box).all()  # the same rectangle in all


@pytest.mark.parametrize("kwargs, alpha", [({}, 1.0), ({"alpha": 4.0}, 4.0)])
def test_boxes_are_distributed_as_those_of_the_authors(kwargs, alpha):
    rng = np.random.default_rng(0)

    def slow_area():
        share = rng.beta(alpha, alpha)
        ends = []
        for side in (15, 10):
            half = int(side * np.sqrt(1 - share)) // 2
            middle = rng.integers(side)
            ends.append(min(middle + half, side) - max(middle - half, 0))
        return ends[0] * ends[1] / 150

    expected = np.array([slow_area() for _ in range(4000)])
    keys = jax.random.split(jax.random.key(0), 4000)
    area = jax.vmap(
        lambda k: (
            1 - cutmix(k, IMAGES[:2], LABELS[:2], num_classes=2, **kwargs)[1].max(0)[0]
        )
    )
    targets = jax.vmap(
        lambda k: (
            cutmix(k, IMAGES, LABELS, num_classes=12, **kwargs)[1].diagonal().min()
        )
    )
    del area
    actual = 1 - np.asarray(targets(keys))
    np.testing.assert_allclose(actual.mean(), expected.mean(), atol=0.015)
    np.testing.assert_allclose(actual.std(), expected.std(), atol=0.015)
    np.testing.assert_allclose(actual.max(), expected.max(), atol=0.1)
