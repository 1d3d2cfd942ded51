"""Cross entropy to classes and to distributions."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.losses import cross_entropy
from adrjax.targets import smooth_labels
from tests import battery
from tests.battery import LABELS


def test_is_that_of_optax():
    z = battery.logits()
    np.testing.assert_allclose(
        cross_entropy(z, LABELS),
        optax.softmax_cross_entropy_with_integer_labels(z, LABELS),
        rtol=1e-6,
    )


def test_one_hot_distributions_are_classes():
    z, one_hot = battery.logits(), np.eye(battery.CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_allclose(
        cross_entropy(z, one_hot), cross_entropy(z, LABELS), rtol=1e-6
    )


def test_gradient_flows_into_distributions():
    with jax.enable_x64(True):
        z = battery.logits(dtype=np.float64)
        targets = jax.nn.softmax(battery.logits(seed=3, dtype=np.float64))
        actual = jax.grad(lambda t: cross_entropy(z, t).sum())(targets)
        np.testing.assert_allclose(actual, -jax.nn.log_softmax(z), rtol=1e-10)
        battery.gradient_is_a_difference_quotient(lambda z: cross_entropy(z, targets))


def test_distributions_need_not_sum_to_one():
    """Backward correction's targets do not, and the gradient knows."""
    targets = np.array([[2.0, -0.5, 0.3, 0.0, 0.1]] * battery.ROWS)
    battery.gradient_is_that_of(
        lambda z: cross_entropy(z, targets),
        lambda z: -jnp.sum(targets * jax.nn.log_softmax(z), axis=-1),
    )


@pytest.mark.parametrize("extreme", battery.EXTREMES)
def test_smooth_labels_are_finite_too(extreme):
    targets = smooth_labels(LABELS, num_classes=battery.CLASSES)
    battery.is_finite_and_close_to_float64(
        lambda z: cross_entropy(z, targets.astype(z.dtype)), extreme
    )


def test_a_masked_class_without_a_share_of_the_target_costs_nothing():
    z, targets = np.array([0.0, -np.inf, 1.0]), np.array([0.5, 0.0, 0.5])
    np.testing.assert_allclose(cross_entropy(z, targets), 0.813262, rtol=1e-5)
    assert np.isfinite(jax.grad(cross_entropy)(jnp.asarray(z), targets)).all()


def test_distributions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"distributions .* \(6, 5\) want .* \(6, 4\)"):
        cross_entropy(battery.logits(), np.ones((6, 4), np.float32))
