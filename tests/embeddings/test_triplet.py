"""Triplet loss: squared distances and their gradients."""

import jax
import numpy as np

from adrjax.embeddings import triplet

ANCHORS, POSITIVES, NEGATIVES = (
    np.random.default_rng(0).normal(size=(3, 6, 5)).astype(np.float32)
)


def test_triplet_margin_is_of_squared_distances():
    """IE Eq. (1) has them squared; the plain distances would differ by less."""
    anchor, positive = np.zeros((1, 2)), np.array([[3.0, 0.0]])
    negative = np.array([[0.0, 3.1]])
    value = triplet(anchor, positive, negative, margin=1.0)
    np.testing.assert_allclose(value, 9 - 9.61 + 1, rtol=1e-5)
    assert triplet(anchor, positive, negative, margin=0.5) == 0


def test_triplet_has_gradients_by_all_three_features():
    slopes = jax.grad(lambda *x: triplet(*x, margin=99.0).sum(), (0, 1, 2))(
        ANCHORS, POSITIVES, NEGATIVES
    )
    expected = (
        2 * (NEGATIVES - POSITIVES),
        2 * (POSITIVES - ANCHORS),
        2 * (ANCHORS - NEGATIVES),
    )
    for slope, exact in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, exact, rtol=1e-5, atol=1e-5)
