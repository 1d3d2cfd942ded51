"""PEDCC loss: its two terms and the root of one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.embeddings import cosine, pedcc, pedcc_mse
from adrjax.losses import cross_entropy
from adrjax.margins import cosface, cosines
from tests import battery, features
from tests.battery import LABELS
from tests.features import CENTERS

X = battery.logits()


def test_it_is_am_softmax_and_the_distance():
    logits = cosface(cosines(X, CENTERS), LABELS, margin=0.5, scale=15.0)
    expected = cross_entropy(logits, LABELS) + pedcc_mse(X, LABELS, CENTERS)
    np.testing.assert_allclose(pedcc(X, LABELS, CENTERS), expected, rtol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_mean_of_the_parts_is_the_root_of_the_mean(n):
    parts = pedcc(X, LABELS, CENTERS, n=n) - pedcc(X, LABELS, CENTERS, lam=0.0)
    mse = pedcc_mse(X, LABELS, CENTERS).mean()
    np.testing.assert_allclose(parts.mean(), mse ** (1 / n), rtol=1e-4)


def test_a_root_is_finite_on_the_centroids():
    x = CENTERS[LABELS]
    features.is_finite(lambda x: pedcc(x, LABELS, CENTERS, n=3), x.astype(np.float32))


@pytest.mark.parametrize("loss", [pedcc, pedcc_mse, cosine])
def test_no_gradient_flows_into_the_centroids(loss):
    slope = jax.grad(lambda c: loss(X, LABELS, c).sum())(jnp.asarray(CENTERS))
    np.testing.assert_array_equal(slope, 0)


def test_the_distance_is_one_less_the_cosine():
    """Eqs. (6) and (8); the square of Eq. (7) would make it twice the cosine loss."""
    distance = pedcc_mse(X, LABELS, CENTERS)
    own = np.take_along_axis(cosines(X, CENTERS), LABELS[:, None], 1)[:, 0]
    np.testing.assert_allclose(distance, 1 - own, rtol=1e-5)
    np.testing.assert_allclose(cosine(X, LABELS, CENTERS), distance**2, rtol=1e-5)


def test_the_distance_may_be_of_features_made_unit_before():
    x = X / np.linalg.norm(X, axis=1, keepdims=True)
    raw = pedcc_mse(x, LABELS, CENTERS, normalize=False)
    np.testing.assert_allclose(raw, pedcc_mse(X, LABELS, CENTERS), rtol=1e-5)
    expected = np.sum((X - CENTERS[LABELS]) ** 2, axis=1) / 2
    actual = pedcc_mse(X, LABELS, CENTERS, normalize=False)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_cosine_loss_has_its_digits_near_the_centroid():
    """At 1e-3 radians it is 2.5e-13, which 1 - cos in float32 rounds to 0 or 3.6e-15.

    Its gradient by the angle is 2 (1 - cos) sin.
    """
    angle = np.float32(1e-3)
    centroids = np.eye(2, dtype=np.float32)
    x = 5 * np.array([[np.cos(angle), np.sin(angle)]], np.float32)
    value, slope = jax.value_and_grad(lambda x: cosine(x, [0], centroids).sum())(x)
    np.testing.assert_allclose(value, 2.5e-13, rtol=1e-3)
    gap = 2 * np.sin(angle / 2) ** 2
    expected = 2 * gap * np.sin(angle) / 5
    np.testing.assert_allclose(np.linalg.norm(slope), expected, rtol=1e-3)
