"""The log-odds of the label, on which the losses of p_y are built."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import losses
from adrjax.losses._log_odds import log_odds

LARGEST = np.finfo(np.float32).max
# name -> logits of three classes, the label, u, its gradient
CASES = {
    "plain": ([1.0, 2.0, 0.0], 1, 0.686738, [-0.731059, 1, -0.268941]),
    "certain": ([0.0, 1e4, 0.0], 1, 1e4 - np.log(2), [-0.5, 1, -0.5]),
    "other class masked": ([1.0, 2.0, -np.inf], 1, 1.0, [-1, 1, 0]),
    "label masked": ([0.0, -np.inf, 1.0], 1, -np.inf, [-0.268941, 1, -0.731059]),
    "all others masked": ([-np.inf, 2.0, -np.inf], 1, LARGEST, [0, 0, 0]),
    "all masked": ([-np.inf] * 3, 1, np.nan, [0, 0, 0]),
    "label is not a class": ([1.0, 2.0, 0.0], 3, np.nan, [0, 0, 0]),
    "NaN in another class": ([np.nan, 2.0, 0.0], 1, np.nan, [np.nan, 1, np.nan]),
    "NaN in the label": ([1.0, np.nan, 0.0], 1, np.nan, [-0.731059, 1, -0.268941]),
}


@pytest.fixture(scope="module")
def results():
    z, y, *_ = zip(*CASES.values(), strict=True)
    f = jax.jit(jax.vmap(jax.value_and_grad(log_odds)))
    values, gradients = f(np.float32(z), np.int32(y))
    return dict(zip(CASES, zip(values, gradients, strict=True), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient(name, results):
    _, _, value, gradient = CASES[name]
    np.testing.assert_allclose(results[name][0], np.float32(value), rtol=1e-5)
    np.testing.assert_allclose(results[name][1], gradient, rtol=1e-5)


OF_LABELS = (
    losses.cross_entropy,
    losses.focal,
    losses.mean_absolute_error,
    losses.generalized_cross_entropy,
    losses.truncated_generalized_cross_entropy,
    losses.reverse_cross_entropy,
    losses.symmetric_cross_entropy,
    losses.gradient_rescaling,
    losses.complement_entropy,
)


def test_nan_logit_makes_every_loss_and_its_gradient_nan():
    z = jnp.where(jnp.eye(3, dtype=bool), jnp.nan, jnp.arange(3.0))

    @jax.jit
    def value_and_gradient(z):
        return [jax.vmap(jax.value_and_grad(f), (0, None))(z, 1) for f in OF_LABELS]

    for loss, (value, gradient) in zip(OF_LABELS, value_and_gradient(z), strict=True):
        assert np.isnan(value).all(), loss
        assert np.isnan(gradient).any(axis=-1).all(), loss
