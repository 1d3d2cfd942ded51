"""Reverse cross entropy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import mean_absolute_error, reverse_cross_entropy

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)


def test_value_is_the_printed_formula():
    log_labels = jnp.where(jax.nn.one_hot(LABELS, 5) == 1, 0, -6)
    expected = -jnp.sum(jax.nn.softmax(Z) * log_labels, axis=-1)
    np.testing.assert_allclose(
        reverse_cross_entropy(Z, LABELS, log_zero=-6.0), expected, rtol=1e-5
    )


def test_log_zero_of_minus_2_is_mean_absolute_error():
    np.testing.assert_allclose(
        reverse_cross_entropy(Z, LABELS, log_zero=-2.0),
        mean_absolute_error(Z, LABELS),
        rtol=1e-6,
    )


def test_its_sum_over_all_labels_is_constant():
    """The theorem of the paper: symmetric noise does not move the minimum."""
    total = sum(reverse_cross_entropy(Z, np.full(6, k)) for k in range(5))
    np.testing.assert_allclose(total, 4 * 4, rtol=1e-6)


def test_traced_log_zero_is_the_known_one():
    traced = jax.jit(lambda a: reverse_cross_entropy(Z, LABELS, log_zero=a))
    np.testing.assert_allclose(
        traced(-4.0), reverse_cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_positive_log_zero_raises():
    with pytest.raises(ValueError, match="log_zero must be at most 0, got 4"):
        reverse_cross_entropy(Z, LABELS, log_zero=4.0)
