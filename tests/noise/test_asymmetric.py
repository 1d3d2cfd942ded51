"""Asymmetric noise: the realised transition is the stated one."""

import jax
import numpy as np
import pytest

from adrjax import noise
from tests.noise.table import CLASSES, KEY, LABELS, SIZES, TRANSITION, transitions

compiled = jax.jit(noise.asymmetric, static_argnames="independent")


def asymmetric(labels=LABELS, key=KEY, transition=TRANSITION, independent=False):
    """Returns the noise of a traced transition."""
    return compiled(key, labels, transition=transition, independent=independent)


@pytest.mark.parametrize("seed", range(3))
def test_asymmetric_has_the_stated_counts_up_to_rounding(seed):
    noisy, _ = asymmetric(key=jax.random.key(seed))
    counts = transitions(noisy) * SIZES[:, None]
    assert (np.abs(counts - TRANSITION * SIZES[:, None]) < 1.001).all()
    assert (counts[TRANSITION == 0] == 0).all()


@pytest.mark.long
def test_asymmetric_rounds_with_the_exact_mean():
    labels, transition = np.zeros(3, int), np.array([[0.9, 0.1], [0.0, 1.0]])

    @jax.jit
    @jax.vmap
    def flipped(key):
        return noise.asymmetric(key, labels, transition=transition)[1]

    many = flipped(jax.random.split(KEY, 2000))
    np.testing.assert_allclose(many.mean(), 0.1, atol=0.015)
    np.testing.assert_allclose(many.mean(0), 0.1, atol=0.025)


@pytest.mark.long
def test_independent_asymmetric_noise_has_binomial_counts():
    labels, transition = np.zeros(200, int), np.array([[0.7, 0.3], [0, 1]])

    @jax.jit
    @jax.vmap
    def noisy(key):
        return noise.asymmetric(key, labels, transition=transition, independent=True)[0]

    counts = noisy(jax.random.split(KEY, 300)).sum(1)
    np.testing.assert_allclose(counts.mean(), 60, atol=2)
    np.testing.assert_allclose(counts.var(), 200 * 0.3 * 0.7, rtol=0.3)


def test_independent_asymmetric_noise_has_the_stated_transition():
    realised = transitions(asymmetric(independent=True)[0])
    np.testing.assert_allclose(realised, TRANSITION, atol=0.08)
    assert (realised[TRANSITION == 0] == 0).all()


def test_asymmetric_flips_no_label_twice_in_a_swap():
    """Flipped one class after the other, all would end as the first."""
    swap = np.eye(CLASSES)[[1, 0, 2, 3, 4]]
    noisy, _ = asymmetric(transition=swap)
    np.testing.assert_array_equal(noisy, np.array([1, 0, 2, 3, 4])[LABELS])
    noisy, flipped = asymmetric(transition=np.eye(CLASSES))
    np.testing.assert_array_equal(noisy, LABELS)
    assert not flipped.any()


def test_asymmetric_noise_is_spread_over_the_examples():
    _, flipped = asymmetric(np.zeros(6000, int))
    share = 1 - TRANSITION[0, 0]
    np.testing.assert_allclose(flipped.reshape(4, -1).mean(1), share, atol=0.05)


def test_asymmetric_gives_the_same_labels_for_a_key_in_every_version():
    labels = np.arange(20) % CLASSES
    assert asymmetric(labels, transition=GIVEN)[0].tolist() == GOLDEN


# fmt: off
GIVEN = np.array([
    [0.509201601, 0.164205842, 0.016243625, 0.013093058, 0.297255874],
    [0, 1, 0, 0, 0],
    [0.5, 0, 0, 0.5, 0],
    [0.158505884, 0.029995518, 0.462143689, 0.003486659, 0.34586825],
    [0.09878569, 0.074664715, 0.078107501, 0.741209915, 0.007232179],
])
# fmt: on
# Made by this function under jax 0.10.2 and 0.12.0.1.
GOLDEN = [0, 1, 0, 4, 2, 4, 1, 0, 1, 3, 0, 1, 3, 2, 3, 4, 1, 3, 4, 3]


@pytest.mark.parametrize("independent", [False, True])
def test_asymmetric_of_no_labels(independent):
    noisy, flipped = asymmetric(np.zeros((0, 3), int), independent=independent)
    assert noisy.shape == flipped.shape == (0, 3)


def test_asymmetric_refuses_a_transition_that_is_not_stochastic():
    with pytest.raises(ValueError, match=r"row-stochastic.* row 0 has the sum 2"):
        noise.asymmetric(KEY, LABELS, transition=2 * np.eye(CLASSES))
    with pytest.raises(ValueError, match=r"transition of 5 .* got shape \(4, 5\)"):
        asymmetric(transition=np.eye(5)[:4])


def test_asymmetric_refuses_a_dtype_that_cannot_hold_the_classes():
    with pytest.raises(ValueError, match="labels of uint8 cannot hold 257 classes"):
        asymmetric(np.zeros(3, np.uint8), transition=np.eye(257))
