"""CutMix: a box of another image, and targets by its area."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.data.augment import cutmix

# Each image has one color.
IMAGES = np.broadcast_to(
    20 * np.arange(4, dtype=np.uint8)[:, None, None, None], (4, 15, 10, 2)
)
KEYS = jax.random.split(jax.random.key(0), 4000)


@jax.jit
@functools.partial(jax.vmap, in_axes=(0, None, None))
def mixed(key, labels, alpha):
    return cutmix(key, IMAGES, labels, num_classes=4, alpha=alpha)


@functools.cache
def batches(alpha):
    images, targets = mixed(KEYS, jnp.arange(4), alpha)
    return np.asarray(images), np.asarray(targets)


def test_cutmix_targets_are_the_shares_of_the_pixels():
    for images, targets in zip(*(part[:40] for part in batches(1.0)), strict=True):
        shares = [(images == color).mean((1, 2, 3)) for color in IMAGES[:, 0, 0, 0]]
        np.testing.assert_allclose(targets, np.stack(shares, 1), atol=1e-6)
        pasted = (images != IMAGES)[..., 0]
        rows, columns = pasted.any((0, 2)), pasted.any((0, 1))
        box = rows[:, None] & columns
        changed = pasted.any((1, 2))
        assert (pasted[changed] == box).all()  # the same rectangle in all


@pytest.mark.parametrize("alpha", [1.0, 4.0])
def test_cutmix_boxes_are_distributed_as_in_the_authors_code(alpha):
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
    _, targets = batches(alpha)
    actual = 1 - targets.diagonal(axis1=1, axis2=2).min(1)
    # Of four examples one permutation in 24 leaves each with itself.
    actual, expected = actual[actual > 0], expected[expected > 0]
    np.testing.assert_allclose(actual.mean(), expected.mean(), atol=0.02)
    np.testing.assert_allclose(actual.std(), expected.std(), atol=0.02)
    np.testing.assert_allclose(actual.max(), expected.max(), atol=0.1)


def test_cutmix_targets_of_a_label_that_names_no_class_are_nan():
    images, targets = mixed(KEYS, jnp.array([0, -1, 2, 4]), 1.0)
    np.testing.assert_array_equal(images, batches(1.0)[0])
    assert np.isnan(targets[:, [1, 3]]).all()
    is_nan = np.isnan(targets).all(-1)
    assert (is_nan == np.isnan(targets).any(-1)).all() and not is_nan.all()
