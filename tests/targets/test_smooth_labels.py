"""Label smoothing."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from adrjax.targets import smooth_labels


def test_is_that_of_optax():
    labels = np.array([0, 2, 1])
    np.testing.assert_allclose(
        smooth_labels(labels, num_classes=4, alpha=0.3),
        optax.smooth_labels(jax.nn.one_hot(labels, 4), 0.3),
        rtol=1e-6,
    )


def test_alpha_may_be_scheduled():
    smooth = jax.jit(lambda alpha: smooth_labels(1, num_classes=2, alpha=alpha))
    np.testing.assert_allclose(smooth(0.0), [0, 1])
    np.testing.assert_allclose(smooth(1.0), [0.5, 0.5])


def test_alpha_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"alpha must be in \[0, 1\], got 1.5"):
        smooth_labels(jnp.array([0]), num_classes=2, alpha=1.5)


def test_no_classes_are_refused():
    with pytest.raises(ValueError, match="num_classes must be at least 1, got 0"):
        smooth_labels(jnp.array([0]), num_classes=0)
