"""Reverse cross entropy: the claims of its paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.losses import mean_absolute_error, reverse_cross_entropy
from tests import battery
from tests.battery import CLASSES, LABELS

Z = battery.logits()


def test_is_the_swapped_cross_entropy_as_printed():
    log_labels = jnp.where(jax.nn.one_hot(LABELS, CLASSES) == 1, 0, -6)
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
    """So that symmetric noise does not move its minimum: the theorem of the paper."""
    total = sum(reverse_cross_entropy(Z, np.full(6, k)) for k in range(CLASSES))
    np.testing.assert_allclose(total, 4 * (CLASSES - 1), rtol=1e-6)


def test_log_zero_may_be_scheduled():
    traced = jax.jit(lambda a: reverse_cross_entropy(Z, LABELS, log_zero=a))
    np.testing.assert_allclose(
        traced(-4.0), reverse_cross_entropy(Z, LABELS), rtol=1e-6
    )


def test_a_positive_log_zero_is_refused():
    with pytest.raises(ValueError, match="log_zero must be at most 0, got 4"):
        reverse_cross_entropy(Z, LABELS, log_zero=4.0)
