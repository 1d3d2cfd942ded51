"""Complement entropy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import complement_entropy

CLASSES = 5
Z = np.random.default_rng(0).normal(size=(6, CLASSES)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def gradient(z):
    return jax.grad(lambda z: complement_entropy(z, LABELS).sum())(z)


def test_logit_of_the_label_changes_nothing():
    raised = Z + 7.0 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_array_equal(
        complement_entropy(raised, LABELS), complement_entropy(Z, LABELS)
    )
    np.testing.assert_array_equal(gradient(Z)[np.arange(6), LABELS], 0)


def test_minimum_is_at_equal_wrong_classes():
    z = 3.0 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_allclose(
        complement_entropy(z, LABELS), -np.log(CLASSES - 1), rtol=1e-6
    )
    np.testing.assert_allclose(gradient(z), 0, atol=1e-7)


@pytest.mark.parametrize("normalizer, n", [("c-1", CLASSES - 1), ("c", CLASSES)])
def test_normalizer_divides_by_a_number_of_classes(normalizer, n):
    np.testing.assert_allclose(
        complement_entropy(Z, LABELS, normalizer=normalizer),
        complement_entropy(Z, LABELS) / n,
        rtol=1e-6,
    )


@pytest.mark.parametrize("normalizer", ["none", "c-1", "c"])
def test_two_classes_have_no_loss(normalizer):
    def loss(z):
        return complement_entropy(z, np.zeros(6, int), normalizer=normalizer)

    np.testing.assert_array_equal(loss(Z[:, :2]), 0)
    np.testing.assert_array_equal(jax.grad(lambda z: loss(z).sum())(Z[:, :2]), 0)


@pytest.mark.parametrize("masked", [-np.inf, np.finfo(np.float32).min])
def test_all_wrong_classes_masked_have_no_gradient(masked):
    z = jnp.array([2.0, masked, masked])
    np.testing.assert_array_equal(jax.grad(complement_entropy)(z, 0), 0)
    if masked == -np.inf:
        assert complement_entropy(z, 0) == 0


def test_nearly_certain_wrong_class_keeps_its_digits():
    """H = -(1 - e) log(1 - e) - e log e for e = 1e-10, less than a rounding of 1."""
    z = jnp.array([0.0, np.log(1e10), 0.0])
    np.testing.assert_allclose(
        complement_entropy(z, 0), -1e-10 * (1 + np.log(1e10)), rtol=1e-5
    )


def test_unknown_normalizer_raises():
    with pytest.raises(
        ValueError, match="normalizer must be one of 'none', 'c-1', 'c'"
    ):
        complement_entropy(Z, LABELS, normalizer="classes")
