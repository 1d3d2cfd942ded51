"""Label smoothing."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.losses import cross_entropy
from adrjax.targets import smooth_labels


def test_agrees_with_optax():
    labels = np.array([0, 2, 1])
    np.testing.assert_allclose(
        smooth_labels(labels, num_classes=4, alpha=0.3),
        optax.smooth_labels(jax.nn.one_hot(labels, 4), 0.3),
        rtol=1e-6,
    )


def test_ignored_label_has_the_loss_nan_and_the_gradient_zero():
    def loss(z, y):
        return cross_entropy(z, smooth_labels(y, num_classes=3)).sum()

    z, labels = jnp.array([[2.0, 0.0, 1.0]] * 2), jnp.array([-1, 3])
    value, gradient = jax.jit(jax.value_and_grad(loss))(z, labels)
    assert np.isnan(value)
    np.testing.assert_array_equal(gradient, 0)


def test_traced_alpha_is_the_known_one():
    smooth = jax.jit(lambda alpha: smooth_labels(1, num_classes=2, alpha=alpha))
    np.testing.assert_allclose(smooth(0.0), [0, 1])
    np.testing.assert_allclose(smooth(1.0), [0.5, 0.5])


def test_alpha_outside_0_and_1_raises():
    with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got 1.5"):
        smooth_labels(jnp.array([0]), num_classes=2, alpha=1.5)


def test_no_classes_raise():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        smooth_labels(jnp.array([0]), num_classes=0)
