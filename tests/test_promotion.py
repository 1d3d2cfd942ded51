"""Losses, targets and regularizers under `jax_numpy_dtype_promotion="strict"`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses, regularizers, targets
from adrjax.losses import cross_entropy

Z = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
LABELS = np.array([0, 2, 1, 1], np.int32)
TRANSITION = 0.7 * np.eye(3) + 0.1


def two_epochs(z, y):
    loss = losses.online_label_smoothing(3, freeze=0.9)
    state = loss.end_epoch(loss.apply(loss.init(), z, y)[1])
    return loss.apply(state, z, y)[0]


def chunked_cross_entropy(z, y):
    return losses.chunked_cross_entropy(
        z, np.eye(3), y, num_chunks=3, logits=lambda x, w, y: x @ w.T
    )


OF_LABELS = {
    "cross_entropy": cross_entropy,
    "focal": losses.focal,
    "mean_absolute_error": losses.mean_absolute_error,
    "generalized": losses.generalized_cross_entropy,
    "truncated": losses.truncated_generalized_cross_entropy,
    "reverse": losses.reverse_cross_entropy,
    "symmetric": losses.symmetric_cross_entropy,
    "gradient_rescaling": lambda z, y: losses.gradient_rescaling(
        z, y, eps=1e-6, normalize=True
    ),
    "forward": lambda z, y: losses.forward_correction(z, y, transition=TRANSITION),
    "backward": lambda z, y: losses.backward_correction(z, y, transition=TRANSITION),
    "complement_entropy": losses.complement_entropy,
    "chunked_cross_entropy": chunked_cross_entropy,
    "online_label_smoothing": two_epochs,
    "distillation": lambda z, y: losses.distillation(z, Z, temperature=4.0),
    "smooth_labels": lambda z, y: cross_entropy(
        z, targets.smooth_labels(y, num_classes=3)
    ),
    "virtual_teacher": lambda z, y: cross_entropy(
        z, targets.virtual_teacher(y, num_classes=3)
    ),
    "bootstrap_soft": lambda z, y: cross_entropy(z, targets.bootstrap_soft(z, y)),
    "bootstrap_hard": lambda z, y: cross_entropy(z, targets.bootstrap_hard(z, y)),
    "adr": lambda z, y: regularizers.adr(z),
    "adr, threshold": lambda z, y: regularizers.adr(z, threshold=0.3, scope="batch"),
    "adr, variance": lambda z, y: regularizers.adr(z, uncertainty="variance"),
    "gsc": lambda z, y: regularizers.gsc(z, mean=0.1, normalize=False),
    "entropy": lambda z, y: regularizers.entropy(z, normalize=True),
    "exponential_variance": lambda z, y: regularizers.exponential_variance(z),
    "spatial_continuity": lambda z, y: regularizers.spatial_continuity(
        z[:, None, None]
    ),
}


@pytest.fixture(scope="module", autouse=True)
def strict():
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    yield
    jax.config.update("jax_numpy_dtype_promotion", "standard")


@pytest.mark.parametrize("name", OF_LABELS)
def test_strict_promotion(name):
    """Of half precision with narrow labels, and of 64 bits beside 32."""

    def value_and_gradient(z, y):
        def total(z):
            return OF_LABELS[name](z, y).sum()

        return OF_LABELS[name](z, y), jax.grad(total)(z)

    cases = [
        (False, jnp.bfloat16, "uint8", jnp.float32),
        (False, jnp.float32, "int32", jnp.float32),
        (True, jnp.float64, "int32", jnp.float64),
        (True, jnp.float32, "uint64", jnp.float32),
    ]
    for x64, dtype, integers, promoted in cases:
        with jax.enable_x64(x64):
            z, y = jnp.asarray(Z, dtype), jnp.asarray(LABELS, integers)
            value, gradient = jax.eval_shape(value_and_gradient, z, y)
            assert value.dtype == promoted and gradient.dtype == dtype
