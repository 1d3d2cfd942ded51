"""The transition matrices of the literature."""

import jax
import numpy as np
import pytest

from adrjax import noise

SUPERCLASSES = np.array([0, 1, 0, 2, 1, 0])
TRUCK, AUTOMOBILE, BIRD, AIRPLANE, CAT, DOG, DEER, HORSE = 9, 1, 2, 0, 3, 5, 4, 7
EVERY = {
    "next": noise.next_in_superclass,
    "swap": lambda s, *, rate: noise.swap_in_superclass(
        jax.random.key(0), s, rate=rate
    ),
    "uniform": noise.uniform_in_superclass,
    "cifar10": lambda s, *, rate: noise.cifar10_pairs(rate=rate),
}


@pytest.mark.parametrize("name", EVERY)
def test_transitions_are_distributions_that_stay_in_the_superclass(name):
    matrix = EVERY[name](noise.CIFAR100_SUPERCLASSES, rate=0.3)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(1), 1)
    if name != "cifar10":
        same = noise.CIFAR100_SUPERCLASSES[:, None] == noise.CIFAR100_SUPERCLASSES
        assert (matrix[~same] == 0).all()


def test_cifar10_pairs_are_similar_classes():
    matrix = noise.cifar10_pairs(rate=0.4)
    pairs = set(zip(*np.nonzero(matrix == 0.4), strict=True))
    assert pairs == {
        (TRUCK, AUTOMOBILE),
        (BIRD, AIRPLANE),
        (CAT, DOG),
        (DOG, CAT),
        (DEER, HORSE),
    }
    np.testing.assert_allclose(1 - np.diag(matrix).mean(), 0.2)


def test_next_in_superclass_goes_from_the_last_class_to_the_first():
    matrix = noise.next_in_superclass(SUPERCLASSES, rate=1.0)
    assert matrix.argmax(1).tolist() == [2, 4, 5, 3, 1, 0]


def test_swap_in_superclass_swaps_two_classes_of_each():
    matrix = EVERY["swap"](noise.CIFAR100_SUPERCLASSES, rate=0.5)
    np.testing.assert_array_equal(matrix, matrix.T)
    moved = np.flatnonzero(np.diag(matrix) == 0.5)
    assert len(moved) == 40
    assert (np.bincount(noise.CIFAR100_SUPERCLASSES[moved]) == 2).all()
    other = noise.swap_in_superclass(
        jax.random.key(1), noise.CIFAR100_SUPERCLASSES, rate=0.5
    )
    assert (other != matrix).any()


def test_uniform_in_superclass_is_uniform_over_the_other_classes():
    matrix = noise.uniform_in_superclass(SUPERCLASSES, rate=0.4)
    np.testing.assert_allclose(matrix[0], [0.6, 0, 0.2, 0, 0, 0.2])
    np.testing.assert_allclose(matrix[3], np.eye(6)[3])
    cifar = noise.uniform_in_superclass(noise.CIFAR100_SUPERCLASSES, rate=0.2)
    np.testing.assert_allclose(np.unique(cifar), [0, 0.05, 0.8])


def test_cifar100_superclasses_are_twenty_of_five_classes():
    assert np.bincount(noise.CIFAR100_SUPERCLASSES).tolist() == [5] * 20
    # apple, mushroom, orange, pear, sweet pepper: fruit and vegetables
    fruit = np.flatnonzero(noise.CIFAR100_SUPERCLASSES == 4)
    assert fruit.tolist() == [0, 51, 53, 57, 83]


def test_a_single_superclass_gives_pair_flips_and_symmetric_noise():
    one = np.zeros(3, int)
    expected = [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]]
    np.testing.assert_allclose(noise.next_in_superclass(one, rate=0.5), expected)
    uniform = noise.uniform_in_superclass(one, rate=0.5)
    np.testing.assert_allclose(uniform, np.where(np.eye(3), 0.5, 0.25))


@pytest.mark.parametrize("superclasses", [[0.5, 1.0], [[0, 1]], 3])
def test_superclasses_that_are_not_one_integer_a_class_are_refused(superclasses):
    with pytest.raises(ValueError, match=r"superclasses must be integers \[num_classe"):
        noise.next_in_superclass(superclasses, rate=0.5)
