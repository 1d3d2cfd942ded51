"""Symmetric noise: the counts are exact and the transition is the one stated."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise

KEY = jax.random.key(0)
CLASSES = 5
LABELS = np.random.default_rng(0).choice(CLASSES, 60_000, p=[0.3, 0.25, 0.2, 0.15, 0.1])
SIZES = np.bincount(LABELS)


def symmetric(labels=LABELS, rate=0.4, key=KEY, **kwargs):
    return noise.symmetric(key, labels, num_classes=CLASSES, rate=rate, **kwargs)


def transitions(noisy, labels=LABELS):
    """The share of class i that became j, `[CLASSES, CLASSES]`."""
    counts = np.zeros((CLASSES, CLASSES))
    np.add.at(counts, (labels, np.asarray(noisy)), 1)
    return counts / counts.sum(1, keepdims=True)


@pytest.mark.parametrize("rate", [0.0, 0.123456, 0.4, 0.8, 1.0])
def test_the_count_is_exact_and_the_mask_says_where(rate):
    noisy, flipped = symmetric(rate=rate)
    assert flipped.sum() == int(rate * len(LABELS))
    np.testing.assert_array_equal(flipped, noisy != LABELS)


def test_the_realised_transition_is_the_stated_one():
    noisy, _ = symmetric(rate=0.4)
    expected = np.where(np.eye(CLASSES), 0.6, 0.4 / (CLASSES - 1))
    np.testing.assert_allclose(transitions(noisy), expected, atol=0.03)


def test_at_rate_one_no_label_is_true_and_the_others_are_as_likely():
    noisy, flipped = symmetric(rate=1.0)
    assert flipped.all()
    expected = np.where(np.eye(CLASSES), 0, 1 / (CLASSES - 1))
    np.testing.assert_allclose(transitions(noisy), expected, atol=0.03)


def test_with_the_true_class_included_some_drawn_labels_stay():
    noisy, flipped = symmetric(rate=1.0, include_true=True)
    np.testing.assert_allclose(transitions(noisy), 1 / CLASSES, atol=0.03)
    np.testing.assert_array_equal(flipped, noisy != LABELS)
    np.testing.assert_allclose(flipped.mean(), 1 - 1 / CLASSES, atol=0.01)


@pytest.mark.parametrize("rate", [0.0, 0.29, 0.4, 1.0])
def test_balanced_noise_has_an_exact_count_in_each_class(rate):
    _, flipped = symmetric(rate=rate, balanced=True)
    expected = [int(rate * size) for size in SIZES]
    assert np.bincount(LABELS[flipped], minlength=CLASSES).tolist() == expected


def test_unbalanced_noise_has_not():
    _, flipped = symmetric()
    assert np.bincount(LABELS[flipped]).tolist() != [int(0.4 * n) for n in SIZES]


def test_independent_labels_have_counts_as_of_coins():
    keys = jax.random.split(KEY, 300)
    _, flipped = jax.vmap(lambda k: symmetric(LABELS[:200], key=k, independent=True))(
        keys
    )
    counts = np.asarray(flipped).sum(1)
    np.testing.assert_allclose(counts.mean(), 80, atol=2)
    np.testing.assert_allclose(counts.var(), 200 * 0.4 * 0.6, rtol=0.3)


def test_the_rate_of_independent_labels_may_be_traced():
    jitted = jax.jit(lambda rate: symmetric(rate=rate, independent=True)[0])
    np.testing.assert_array_equal(jitted(0.4), symmetric(independent=True)[0])


def test_balanced_and_independent_exclude_each_other():
    with pytest.raises(ValueError, match="only one of balanced and independent"):
        symmetric(balanced=True, independent=True)


@pytest.mark.parametrize("balanced", [False, True])
def test_examples_are_chosen_wherever_they_stand(balanced):
    _, flipped = symmetric(balanced=balanced)
    np.testing.assert_allclose(flipped.reshape(10, -1).mean(1), 0.4, atol=0.05)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64"])
def test_shape_dtype_and_kind_of_array_stay(dtype):
    labels = LABELS[:24].astype(dtype)
    flat, mask = symmetric(labels)
    cube, cube_mask = symmetric(labels.reshape(2, 3, 4))
    assert type(cube) is np.ndarray and cube.dtype == dtype
    assert cube_mask.shape == (2, 3, 4) and cube_mask.dtype == bool
    np.testing.assert_array_equal(cube.ravel(), flat)
    np.testing.assert_array_equal(cube_mask.ravel(), mask)
    on_device, _ = symmetric(jnp.asarray(labels))
    assert isinstance(on_device, jax.Array)
    assert on_device.dtype == jnp.asarray(labels).dtype
    np.testing.assert_array_equal(on_device, flat)


@pytest.mark.parametrize("kwargs", [{}, {"balanced": True}, {"include_true": True}])
def test_jit_with_a_constant_rate(kwargs):
    labels = jnp.asarray(LABELS)
    jitted = jax.jit(lambda key, labels: symmetric(labels, key=key, **kwargs))
    for traced, eager in zip(
        jitted(KEY, labels), symmetric(labels, **kwargs), strict=True
    ):
        np.testing.assert_array_equal(traced, eager)


def test_many_keys_at_once():
    keys = jax.random.split(KEY, 3)
    noisy, flipped = jax.vmap(lambda key: symmetric(LABELS[:90], key=key))(keys)
    assert flipped.sum(1).tolist() == [36, 36, 36]
    np.testing.assert_array_equal(noisy[1], symmetric(LABELS[:90], key=keys[1])[0])
    assert (noisy[0] != noisy[1]).any()


def test_the_same_key_gives_the_same_labels_for_ever():
    noisy, _ = symmetric(np.arange(20) % CLASSES, rate=0.5)
    assert noisy.tolist() == GOLDEN
    other, _ = symmetric(np.arange(20) % CLASSES, rate=0.5, key=jax.random.key(1))
    assert other.tolist() != GOLDEN


# Made by this function under jax 0.10.2 and 0.12.0.1.
GOLDEN = [3, 4, 3, 3, 3, 0, 1, 0, 2, 4, 3, 2, 2, 3, 4, 0, 0, 2, 3, 1]


def test_no_labels_at_all():
    noisy, flipped = symmetric(np.zeros((0, 3), int))
    assert noisy.shape == flipped.shape == (0, 3)


def test_the_old_labels_are_not_written_to():
    labels = np.zeros(10, int)
    symmetric(labels, rate=1.0)
    assert (labels == 0).all()


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got"):
        symmetric(rate=rate)


def test_float_labels_are_refused():
    with pytest.raises(TypeError, match="labels must be integer classes, got float"):
        symmetric(LABELS.astype(float))


@pytest.mark.parametrize("label", [-1, CLASSES])
def test_labels_out_of_range_are_refused(label):
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.4"):
        symmetric(np.array([0, label]))


def test_one_class_leaves_nothing_to_flip_to():
    with pytest.raises(ValueError, match="num_classes must be at least 2, got 1"):
        noise.symmetric(KEY, np.zeros(3, int), num_classes=1, rate=0.5)


def test_a_dtype_that_cannot_hold_the_classes_is_refused():
    with pytest.raises(ValueError, match="labels of uint8 cannot hold 257 classes"):
        noise.symmetric(KEY, np.zeros(3, np.uint8), num_classes=257, rate=0.5)
