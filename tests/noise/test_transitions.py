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
    "pairs": lambda s, *, rate: noise.swap_pairs(
        jax.random.key(0), num_classes=len(s), rate=rate
    ),
    "uniform": noise.uniform_in_superclass,
    "cifar10": lambda s, *, rate: noise.cifar10_pairs(rate=rate),
}


@pytest.mark.parametrize("name", EVERY)
def test_rows_are_distributions_that_stay_in_the_superclass(name):
    matrix = EVERY[name](noise.CIFAR100_SUPERCLASSES, rate=0.3)
    assert (matrix >= 0).all()
    np.testing.assert_allclose(matrix.sum(1), 1)
    if name not in ("cifar10", "pairs"):
        same = noise.CIFAR100_SUPERCLASSES[:, None] == noise.CIFAR100_SUPERCLASSES
        assert (matrix[~same] == 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_a_rate_that_is_no_share_is_refused(name):
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\], got 1\.5"):
        EVERY[name](SUPERCLASSES, rate=1.5)


def test_cifar10_pairs_are_those_that_look_alike():
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


def test_the_next_class_of_the_superclass_and_from_the_last_the_first():
    matrix = noise.next_in_superclass(SUPERCLASSES, rate=1.0)
    assert matrix.argmax(1).tolist() == [2, 4, 5, 3, 1, 0]


def test_two_classes_of_each_superclass_swap():
    matrix = EVERY["swap"](noise.CIFAR100_SUPERCLASSES, rate=0.5)
    np.testing.assert_array_equal(matrix, matrix.T)
    moved = np.flatnonzero(np.diag(matrix) == 0.5)
    assert len(moved) == 40
    assert (np.bincount(noise.CIFAR100_SUPERCLASSES[moved]) == 2).all()
    other = noise.swap_in_superclass(
        jax.random.key(1), noise.CIFAR100_SUPERCLASSES, rate=0.5
    )
    assert (other != matrix).any()


@pytest.mark.parametrize("num_classes, stay", [(10, 0), (7, 1), (2, 0)])
def test_random_pairs_of_classes_swap(num_classes, stay):
    def of(seed):
        key = jax.random.key(seed)
        return noise.swap_pairs(key, num_classes=num_classes, rate=0.3)

    np.testing.assert_array_equal(of(0), of(0).T)
    assert np.count_nonzero(np.diag(of(0)) == 1) == stay
    assert np.count_nonzero(of(0) == 0.3) == num_classes - stay
    assert num_classes == 2 or any((of(0) != of(seed)).any() for seed in range(1, 4))


def test_one_class_has_no_pair():
    with pytest.raises(ValueError, match="num_classes must be at least 2, got 1"):
        noise.swap_pairs(jax.random.key(0), num_classes=1, rate=0.3)


def test_uniform_over_the_other_classes_of_the_superclass():
    matrix = noise.uniform_in_superclass(SUPERCLASSES, rate=0.4)
    np.testing.assert_allclose(matrix[0], [0.6, 0, 0.2, 0, 0, 0.2])
    np.testing.assert_allclose(matrix[3], np.eye(6)[3])
    cifar = noise.uniform_in_superclass(noise.CIFAR100_SUPERCLASSES, rate=0.2)
    np.testing.assert_allclose(np.unique(cifar), [0, 0.05, 0.8])


def test_cifar100_has_five_classes_in_each_of_twenty_superclasses():
    assert np.bincount(noise.CIFAR100_SUPERCLASSES).tolist() == [5] * 20
    # apple, mushroom, orange, pear, sweet pepper: fruit and vegetables
    fruit = np.flatnonzero(noise.CIFAR100_SUPERCLASSES == 4)
    assert fruit.tolist() == [0, 51, 53, 57, 83]
