"""What holds for every metric of scores and labels. The next metric is one line."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import metrics

RNG = np.random.default_rng(0)
SCORES = np.asarray(jax.nn.softmax(2 * RNG.normal(size=(60, 6)))).astype(np.float32)
LABELS = RNG.integers(6, size=60)

METRICS = {
    "top_k": metrics.top_k,
    "top_k, k = 3": functools.partial(metrics.top_k, k=3),
    "expected_calibration_error": metrics.expected_calibration_error,
}

every_metric = pytest.mark.parametrize("name", METRICS)


@every_metric
def test_jit(name):
    np.testing.assert_allclose(
        jax.jit(METRICS[name])(SCORES, LABELS), METRICS[name](SCORES, LABELS), rtol=1e-5
    )


@every_metric
def test_any_leading_shape(name):
    square = METRICS[name](SCORES.reshape(3, 20, 6), LABELS.reshape(3, 20))
    flat = METRICS[name](SCORES, LABELS)
    np.testing.assert_allclose(np.ravel(square), np.ravel(flat), rtol=1e-6)


@every_metric
def test_classes_have_no_order(name):
    order = RNG.permutation(6)
    np.testing.assert_allclose(
        METRICS[name](SCORES[:, order], np.argsort(order)[LABELS]),
        METRICS[name](SCORES, LABELS),
        rtol=1e-6,
    )


@every_metric
def test_half_precision_is_taken(name):
    half = jnp.asarray(SCORES, jnp.bfloat16)
    np.testing.assert_allclose(
        METRICS[name](half, LABELS), METRICS[name](half.astype(np.float32), LABELS)
    )


@every_metric
def test_wrong_arguments_are_refused(name):
    with pytest.raises(ValueError, match=r"labels .*of shape \(60,\).*, got .* \(5,\)"):
        METRICS[name](SCORES, LABELS[:5])
    with pytest.raises(ValueError, match=r"labels must lie in 0..5 .* got"):
        METRICS[name](SCORES, LABELS + 1)
    with pytest.raises(TypeError, match=r"labels must be integer .* got float32"):
        METRICS[name](SCORES, LABELS.astype(np.float32))
    with pytest.raises(TypeError, match=r"must be floating, got int"):
        METRICS[name](LABELS[:, None], LABELS)
