"""Symmetric noise: exact counts and the stated transition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise
from tests.noise.table import CLASSES, KEY, LABELS, SIZES, transitions


def symmetric(labels=LABELS, rate=0.4, key=KEY, **kwargs):
    return noise.symmetric(key, labels, num_classes=CLASSES, rate=rate, **kwargs)


@pytest.mark.parametrize("rate", [0, 0.123456, 0.8, 1])
def test_symmetric_flips_an_exact_count(rate):
    assert symmetric(rate=rate)[1].sum() == int(rate * len(LABELS))


@pytest.mark.parametrize("rate", [0.9, np.float32(0.9), np.float64(0.9)])
def test_symmetric_reads_a_rate_of_single_precision_as_its_decimal(rate):
    assert symmetric(rate=rate)[1].sum() == 5400
    _, flipped = symmetric(rate=jnp.float32(rate), balanced=True)
    assert flipped.sum() == sum(int(0.9 * size) for size in SIZES)


def test_symmetric_noise_is_uniform_over_the_other_classes():
    expected = np.where(np.eye(CLASSES), 0, 1 / (CLASSES - 1))
    np.testing.assert_allclose(transitions(symmetric(rate=1)[0]), expected, atol=0.06)
    expected = 0.6 * np.eye(CLASSES) + 0.4 * expected
    np.testing.assert_allclose(transitions(symmetric()[0]), expected, atol=0.06)


def test_symmetric_noise_that_includes_the_true_class_keeps_some_drawn_labels():
    noisy, flipped = symmetric(rate=1, include_true=True)
    np.testing.assert_allclose(transitions(noisy), 1 / CLASSES, atol=0.06)
    np.testing.assert_allclose(flipped.mean(), 1 - 1 / CLASSES, atol=0.02)


@pytest.mark.parametrize("rate", [0.29, 0.4, 1])
def test_balanced_symmetric_noise_has_an_exact_count_in_each_class(rate):
    _, flipped = symmetric(rate=rate, balanced=True)
    expected = [int(rate * size) for size in SIZES]
    assert np.bincount(LABELS[flipped], minlength=CLASSES).tolist() == expected
    assert np.bincount(LABELS[symmetric(rate=0.29)[1]]).tolist() != expected


@pytest.mark.long
def test_independent_symmetric_noise_has_binomial_counts():
    @jax.jit
    @jax.vmap
    def flipped(key, rate):
        return symmetric(LABELS[:200], key=key, rate=rate, independent=True)[1]

    counts = flipped(jax.random.split(KEY, 300), jnp.full(300, 0.4)).sum(1)
    np.testing.assert_allclose(counts.mean(), 80, atol=2)
    np.testing.assert_allclose(counts.var(), 200 * 0.4 * 0.6, rtol=0.3)


@pytest.mark.parametrize("balanced", [False, True])
def test_symmetric_noise_is_spread_over_the_examples(balanced):
    _, flipped = symmetric(balanced=balanced)
    np.testing.assert_allclose(flipped.reshape(10, -1).mean(1), 0.4, atol=0.08)


@pytest.mark.long
def test_symmetric_of_many_keys_at_once():
    keys = jax.random.split(KEY, 3)
    noisy, flipped = jax.vmap(lambda key: symmetric(LABELS[:90], key=key))(keys)
    assert flipped.sum(1).tolist() == [36, 36, 36]
    np.testing.assert_array_equal(noisy[1], symmetric(LABELS[:90], key=keys[1])[0])
    assert (noisy[0] != noisy[1]).any()


def test_symmetric_gives_the_same_labels_for_a_key_in_every_version():
    labels = np.arange(20) % CLASSES
    noisy = jax.jit(lambda key: symmetric(labels, rate=0.5, key=key)[0])
    assert noisy(KEY).tolist() == GOLDEN
    assert noisy(jax.random.key(1)).tolist() != GOLDEN


# Made by this function under jax 0.10.2 and 0.12.0.1.
GOLDEN = [3, 4, 3, 3, 3, 0, 1, 0, 2, 4, 3, 2, 2, 3, 4, 0, 0, 2, 3, 1]


def test_symmetric_of_lists_and_of_no_labels():
    labels = LABELS.tolist()
    noisy, flipped = symmetric(labels)
    np.testing.assert_array_equal(noisy, symmetric()[0])
    assert isinstance(noisy, np.ndarray) and isinstance(flipped, np.ndarray)
    assert labels == LABELS.tolist()
    noisy, flipped = jax.jit(symmetric)(np.zeros((0, 3), int))
    assert noisy.shape == flipped.shape == (0, 3)


def test_symmetric_refuses_both_balanced_and_independent():
    with pytest.raises(ValueError, match="only one of balanced and independent"):
        symmetric(balanced=True, independent=True)


@pytest.mark.parametrize("rate", [-0.1, 1.1, np.nan])
def test_independent_symmetric_noise_refuses_a_rate_that_is_not_a_share(rate):
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got"):
        symmetric(rate=rate, independent=True)


def test_symmetric_refuses_classes_that_do_not_fit():
    with pytest.raises(ValueError, match="num_classes must be at least 2, got 1"):
        noise.symmetric(KEY, np.zeros(3, int), num_classes=1, rate=0.5)
    with pytest.raises(ValueError, match="labels of uint8 cannot hold 257 classes"):
        noise.symmetric(KEY, np.zeros(3, np.uint8), num_classes=257, rate=0.5)
