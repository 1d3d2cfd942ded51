"""PEDCC loss and the cosine loss: their terms, the root, the digits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import embeddings
from adrjax.embeddings import pedcc_mse
from adrjax.losses import cross_entropy
from adrjax.margins import cosface, cosines

pedcc, cosine = jax.jit(embeddings.pedcc), jax.jit(embeddings.cosine)
LABELS = np.array([0, 3, 1, 4, 4, 2], np.int32)
X, CENTROIDS = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)
CENTROIDS = CENTROIDS[:5] / np.linalg.norm(CENTROIDS[:5], axis=1, keepdims=True)


def test_pedcc_is_am_softmax_plus_the_distance():
    @jax.jit
    def terms(x):
        logits = cosface(cosines(x, CENTROIDS), LABELS, margin=0.5, scale=15.0)
        return cross_entropy(logits, LABELS) + pedcc_mse(x, LABELS, CENTROIDS)

    np.testing.assert_allclose(pedcc(X, LABELS, CENTROIDS), terms(X), rtol=1e-5)


def test_pedcc_parts_have_the_mean_of_the_root():
    mse = pedcc_mse(X, LABELS, CENTROIDS).mean()
    for n in (1, 2, 3):
        values = pedcc(X, LABELS, CENTROIDS, n=float(n))
        parts = values - pedcc(X, LABELS, CENTROIDS, n=float(n), lam=0.0)
        np.testing.assert_allclose(parts.mean(), mse ** (1 / n), rtol=1e-4)


def test_pedcc_root_is_finite_on_the_centroids():
    value, slope = jax.jit(
        jax.value_and_grad(lambda x: pedcc(x, LABELS, CENTROIDS, n=3).sum())
    )(CENTROIDS[LABELS])
    assert np.isfinite(value) and np.isfinite(slope).all()


def test_pedcc_nan_feature_does_not_change_other_examples_without_a_root():
    def total(x):
        values = pedcc(x, LABELS, CENTROIDS)
        return values.sum(), values

    gradient = jax.jit(jax.grad(total, has_aux=True))
    x = np.array(X)
    x[2, 3] = np.nan
    others = np.arange(6) != 2
    slope, values = gradient(x)
    expected_slope, expected = gradient(X)
    np.testing.assert_array_equal(np.isnan(values), ~others)
    np.testing.assert_allclose(values[others], expected[others], rtol=1e-6)
    np.testing.assert_allclose(slope[others], expected_slope[others], rtol=1e-5)


@pytest.mark.parametrize("loss", [pedcc, pedcc_mse, cosine])
def test_centroids_have_no_gradient(loss):
    slope = jax.jit(jax.grad(lambda c: loss(X, LABELS, c).sum()))(CENTROIDS)
    np.testing.assert_array_equal(slope, 0)


def test_pedcc_mse_is_one_minus_the_cosine_and_the_root_of_the_cosine_loss():
    """Eqs. (6) and (8); the square of Eq. (7) would make it twice the cosine loss."""
    distance = pedcc_mse(X, LABELS, CENTROIDS)
    of_label = np.take_along_axis(cosines(X, CENTROIDS), LABELS[:, None], 1)[:, 0]
    np.testing.assert_allclose(distance, 1 - of_label, rtol=1e-5)
    np.testing.assert_allclose(cosine(X, LABELS, CENTROIDS), distance**2, rtol=1e-5)


def test_pedcc_mse_without_normalize_takes_features_as_they_are():
    expected = np.sum((X - CENTROIDS[LABELS]) ** 2, axis=1) / 2
    actual = pedcc_mse(X, LABELS, CENTROIDS, normalize=False)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_cosine_loss_is_accurate_near_the_centroid():
    """At 1e-3 radians it is 2.5e-13, which 1 - cos in float32 rounds to 0 or 3.6e-15.

    Its gradient by the angle is 2 (1 - cos) sin.
    """
    angle, centroids = np.float32(1e-3), np.eye(2, dtype=np.float32)
    x = jnp.array([5 * np.cos(angle), 5 * np.sin(angle)])
    value, slope = jax.jit(jax.value_and_grad(lambda x: cosine(x, 0, centroids)))(x)
    np.testing.assert_allclose(value, 2.5e-13, rtol=1e-3)
    gap = 2 * np.sin(angle / 2) ** 2
    expected = 2 * gap * np.sin(angle) / 5
    np.testing.assert_allclose(np.linalg.norm(slope), expected, rtol=1e-3)


def test_cosine_loss_of_a_nan_is_nan():
    x = np.array(X)
    x[2, 3] = np.nan
    is_nan = np.isnan(cosine(x, LABELS, CENTROIDS))
    np.testing.assert_array_equal(is_nan, np.arange(6) == 2)
