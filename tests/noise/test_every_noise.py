"""What holds for every noise of labels. The next noise is one line."""

import functools

import jax
import numpy as np
import pytest

from adrjax import noise

LABELS = np.random.default_rng(0).integers(5, size=600)
SWAP = noise.swap_pairs(jax.random.key(3), num_classes=5, rate=0.6)
OTHERS = np.where(np.eye(5), 0.6, 0.1)
INCLUDED = np.where(np.eye(5), 0.68, 0.08)

NOISES = {
    "symmetric": functools.partial(noise.symmetric, num_classes=5, rate=0.4),
    "symmetric, true class included": functools.partial(
        noise.symmetric, num_classes=5, rate=0.4, include_true=True
    ),
    "symmetric, balanced": functools.partial(
        noise.symmetric, num_classes=5, rate=0.4, balanced=True
    ),
    "symmetric, independent": functools.partial(
        noise.symmetric, num_classes=5, rate=0.4, independent=True
    ),
    "symmetric, true class included, independent": functools.partial(
        noise.symmetric, num_classes=5, rate=0.4, include_true=True, independent=True
    ),
    "asymmetric": functools.partial(noise.asymmetric, transition=SWAP),
    "asymmetric, independent": functools.partial(
        noise.asymmetric, transition=SWAP, independent=True
    ),
}

every_noise = pytest.mark.parametrize("name", NOISES)


@every_noise
def test_the_mask_tells_which_labels_changed(name):
    noisy, flipped = NOISES[name](jax.random.key(0), LABELS)
    np.testing.assert_array_equal(flipped, noisy != LABELS)
    assert 0.2 < flipped.mean() < 0.6
    assert set(np.unique(noisy)) <= set(range(5))


@every_noise
def test_the_realised_transition_is_the_stated_one(name):
    labels = np.random.default_rng(1).choice(5, 50_000, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    noisy, _ = NOISES[name](jax.random.key(0), labels)
    stated = SWAP if "asym" in name else INCLUDED if "included" in name else OTHERS
    realised = noise.realised_transition(labels, noisy, num_classes=5)
    deviation = np.sqrt(stated * (1 - stated) / np.bincount(labels)[:, None])
    assert (abs(realised - stated) <= 4 * deviation).all()


@every_noise
def test_a_key_decides(name):
    first, again, other = (
        NOISES[name](jax.random.key(key), LABELS)[0] for key in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@every_noise
def test_shape_and_dtype_stay(name):
    labels = LABELS.reshape(20, 30).astype(np.uint8)
    noisy, flipped = NOISES[name](jax.random.key(0), labels)
    assert noisy.shape == flipped.shape == labels.shape
    assert noisy.dtype == np.uint8 and flipped.dtype == bool


@every_noise
def test_jit(name):
    actual = jax.jit(NOISES[name])(jax.random.key(0), LABELS)
    expected = NOISES[name](jax.random.key(0), LABELS)
    np.testing.assert_array_equal(actual[0], expected[0])
    np.testing.assert_array_equal(actual[1], expected[1])


@every_noise
def test_labels_that_name_no_class_are_refused(name):
    with pytest.raises(ValueError, match=r"labels must lie in 0..4 .* got 0..5"):
        NOISES[name](jax.random.key(0), np.array([0, 5]))
    with pytest.raises(TypeError, match=r"labels must be integer .* got float32"):
        NOISES[name](jax.random.key(0), np.zeros(3, np.float32))
