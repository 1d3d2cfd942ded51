"""Asymmetric noise: the realised transition is the one stated."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import noise

KEY = jax.random.key(0)
CLASSES = 5
RNG = np.random.default_rng(0)
LABELS = RNG.choice(CLASSES, 6_000, p=[0.4, 0.3, 0.2, 0.1, 0.0])
TRANSITION = RNG.dirichlet(np.ones(CLASSES), size=CLASSES)
TRANSITION[1] = [0, 1, 0, 0, 0]
TRANSITION[2] = [0.5, 0, 0, 0.5, 0]


def asymmetric(labels=LABELS, key=KEY, transition=TRANSITION):
    return noise.asymmetric(key, labels, transition=transition)


def counts(noisy, labels=LABELS):
    """How many of class i became j, `[CLASSES, CLASSES]`."""
    table = np.zeros((CLASSES, CLASSES), int)
    np.add.at(table, (labels, np.asarray(noisy)), 1)
    return table


@pytest.mark.parametrize("seed", range(3))
def test_the_realised_counts_are_those_stated_but_for_rounding(seed):
    noisy, flipped = asymmetric(key=jax.random.key(seed))
    stated = np.bincount(LABELS, minlength=CLASSES)[:, None] * TRANSITION
    assert (np.abs(counts(noisy) - stated) < 1.001).all()
    np.testing.assert_array_equal(flipped, noisy != LABELS)


def test_rounding_is_right_in_the_mean():
    labels, transition = np.zeros(3, int), np.array([[0.9, 0.1], [0.0, 1.0]])
    keys = jax.random.split(KEY, 2000)
    flipped = jax.vmap(lambda k: noise.asymmetric(k, labels, transition=transition)[1])(
        keys
    )
    np.testing.assert_allclose(flipped.mean(), 0.1, atol=0.015)
    np.testing.assert_allclose(flipped.mean(0), 0.1, atol=0.025)


def test_independent_labels_have_counts_as_of_coins():
    keys = jax.random.split(KEY, 300)
    labels = np.zeros(200, int)
    noisy, _ = jax.vmap(
        lambda k: noise.asymmetric(
            k, labels, transition=np.array([[0.7, 0.3], [0, 1]]), independent=True
        )
    )(keys)
    counts = np.asarray(noisy).sum(1)
    np.testing.assert_allclose(counts.mean(), 60, atol=2)
    np.testing.assert_allclose(counts.var(), 200 * 0.3 * 0.7, rtol=0.3)
    table = np.array([counts_of_independent(seed) for seed in range(3)])
    assert (table[:, TRANSITION == 0] == 0).all()


def counts_of_independent(seed):
    key = jax.random.key(seed)
    noisy, _ = noise.asymmetric(key, LABELS, transition=TRANSITION, independent=True)
    return counts(noisy)


def test_what_has_no_probability_does_not_happen():
    for seed in range(5):
        table = counts(asymmetric(key=jax.random.key(seed))[0])
        assert (table[TRANSITION == 0] == 0).all()


def test_a_swap_of_two_classes_flips_no_label_twice():
    """Flipped one class after the other, all would end as the first."""
    swap = np.eye(CLASSES)[[1, 0, 2, 3, 4]]
    noisy, _ = asymmetric(transition=swap)
    np.testing.assert_array_equal(noisy, np.array([1, 0, 2, 3, 4])[LABELS])


def test_without_noise_all_labels_stay():
    noisy, flipped = asymmetric(transition=np.eye(CLASSES))
    np.testing.assert_array_equal(noisy, LABELS)
    assert not flipped.any()


def test_examples_are_chosen_wherever_they_stand():
    _, flipped = asymmetric(np.zeros(2000, int))
    share = 1 - TRANSITION[0, 0]
    np.testing.assert_allclose(flipped.reshape(4, -1).mean(1), share, atol=0.07)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_shape_dtype_and_kind_of_array_stay(dtype):
    labels = LABELS[:24].astype(dtype)
    flat, mask = asymmetric(labels)
    cube, cube_mask = asymmetric(labels.reshape(2, 3, 4))
    assert type(cube) is np.ndarray and cube.dtype == dtype
    assert cube_mask.shape == (2, 3, 4) and cube_mask.dtype == bool
    np.testing.assert_array_equal(cube.ravel(), flat)
    np.testing.assert_array_equal(cube_mask.ravel(), mask)
    on_device, _ = asymmetric(jnp.asarray(labels))
    assert isinstance(on_device, jax.Array)
    assert on_device.dtype == jnp.asarray(labels).dtype
    np.testing.assert_array_equal(on_device, flat)


def test_jit_with_a_traced_transition():
    jitted = jax.jit(lambda k, y, t: noise.asymmetric(k, y, transition=t))
    traced = jitted(KEY, jnp.asarray(LABELS), TRANSITION)
    for actual, expected in zip(traced, asymmetric(), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_the_same_key_gives_the_same_labels_for_ever():
    noisy, _ = asymmetric(np.arange(20) % CLASSES)
    assert noisy.tolist() == GOLDEN
    other, _ = asymmetric(np.arange(20) % CLASSES, key=jax.random.key(1))
    assert other.tolist() != GOLDEN


# Made by this function under jax 0.10.2 and 0.12.0.1.
GOLDEN = [0, 1, 0, 4, 2, 4, 1, 0, 1, 3, 0, 1, 3, 2, 3, 4, 1, 3, 4, 3]


def test_no_labels_at_all():
    noisy, flipped = asymmetric(np.zeros((0, 3), int))
    assert noisy.shape == flipped.shape == (0, 3)


def test_a_transition_that_is_not_stochastic_is_refused():
    with pytest.raises(ValueError, match=r"row-stochastic.* row 0 has the sum 2"):
        asymmetric(transition=2 * np.eye(CLASSES))
    with pytest.raises(ValueError, match=r"transition of 5 .* got shape \(4, 5\)"):
        asymmetric(transition=np.eye(5)[:4])


def test_labels_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.4"):
        asymmetric(np.array([0, 5]))
    with pytest.raises(TypeError, match="labels must be integer classes, got float"):
        asymmetric(LABELS.astype(float))
    with pytest.raises(ValueError, match="labels of uint8 cannot hold 257 classes"):
        asymmetric(np.zeros(3, np.uint8), transition=np.eye(257))
