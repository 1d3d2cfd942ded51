"""Symmetric cross entropy: the claims of its paper."""

import jax
import numpy as np
import pytest

from adrjax.losses import (
    cross_entropy,
    reverse_cross_entropy,
    symmetric_cross_entropy,
)
from tests import battery
from tests.battery import LABELS

Z = battery.logits()


@pytest.mark.parametrize("alpha, beta, log_zero", [(6.0, 0.1, -9.2), (0.0, 2.0, -4.0)])
def test_is_the_weighted_sum_of_both(alpha, beta, log_zero):
    actual = symmetric_cross_entropy(
        Z, LABELS, alpha=alpha, beta=beta, log_zero=log_zero
    )
    expected = alpha * cross_entropy(Z, LABELS)
    expected += beta * reverse_cross_entropy(Z, LABELS, log_zero=log_zero)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_an_unlikely_label_keeps_its_gradient():
    """The authors' code clips it at a probability of 1e-7."""
    z = -40.0 * np.eye(battery.CLASSES, dtype=np.float32)[LABELS]
    slope = battery.gradient(lambda z: symmetric_cross_entropy(z, LABELS), z)
    np.testing.assert_allclose(slope[np.arange(6), LABELS], -0.1, rtol=1e-5)


def test_all_may_be_scheduled():
    traced = jax.jit(
        lambda a, b, c: symmetric_cross_entropy(Z, LABELS, alpha=a, beta=b, log_zero=c)
    )
    np.testing.assert_allclose(
        traced(0.1, 1.0, -4.0), symmetric_cross_entropy(Z, LABELS), rtol=1e-6
    )


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_a_negative_weight_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 0, got -1"):
        symmetric_cross_entropy(Z, LABELS, **{name: -1.0})


def test_a_positive_log_zero_is_refused():
    with pytest.raises(ValueError, match="log_zero must be at most 0, got 1"):
        symmetric_cross_entropy(Z, LABELS, log_zero=1.0)
