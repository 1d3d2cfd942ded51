"""Complement entropy: the claims of its paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import complement_entropy
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()


def test_the_label_has_no_part_in_it():
    raised = Z + 7.0 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_array_equal(
        complement_entropy(raised, LABELS), complement_entropy(Z, LABELS)
    )
    slope = battery.gradient(lambda z: complement_entropy(z, LABELS), Z)
    np.testing.assert_array_equal(slope[np.arange(6), LABELS], 0)


def test_it_is_least_where_the_wrong_classes_are_alike():
    z = 3.0 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_allclose(
        complement_entropy(z, LABELS), -np.log(CLASSES - 1), rtol=1e-6
    )
    slope = battery.gradient(lambda z: complement_entropy(z, LABELS), z)
    np.testing.assert_allclose(slope, 0, atol=1e-7)


@pytest.mark.parametrize("normalizer, n", [("c-1", CLASSES - 1), ("c", CLASSES)])
def test_normalizers_divide_by_a_number_of_classes(normalizer, n):
    np.testing.assert_allclose(
        complement_entropy(Z, LABELS, normalizer=normalizer),
        complement_entropy(Z, LABELS) / n,
        rtol=1e-6,
    )


@pytest.mark.parametrize("normalizer", ["none", "c-1", "c"])
def test_of_two_classes_it_is_zero(normalizer):
    def f(z):
        return complement_entropy(z, np.zeros(6, int), normalizer=normalizer)

    np.testing.assert_array_equal(f(Z[:, :2]), 0)
    np.testing.assert_array_equal(battery.gradient(f, Z[:, :2]), 0)


def test_a_label_with_every_other_class_masked_costs_nothing():
    z = jnp.array([2.0, -jnp.inf, -jnp.inf])
    np.testing.assert_array_equal(complement_entropy(z, 0), 0)
    np.testing.assert_array_equal(jax.grad(complement_entropy)(z, 0), 0)


def test_a_nearly_certain_wrong_class_loses_no_digits():
    """H = -(1 - e) log(1 - e) - e log e, of e = 1e-10 relative to a single digit."""
    z = jnp.array([0.0, np.log(1e10), 0.0])
    np.testing.assert_allclose(
        complement_entropy(z, 0), -1e-10 * (1 + np.log(1e10)), rtol=1e-5
    )


def test_an_unknown_normalizer_is_refused():
    with pytest.raises(
        ValueError, match="normalizer must be one of 'none', 'c-1', 'c'"
    ):
        complement_entropy(Z, LABELS, normalizer="classes")
