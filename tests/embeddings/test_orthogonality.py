"""Orthogonality of class weights."""

import jax
import numpy as np
import pytest

from adrjax import embeddings

orthogonality = jax.jit(embeddings.orthogonality)


def test_orthogonality_of_right_angles_is_zero():
    assert orthogonality(3 * np.eye(4, 6)) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_orthogonality_of_weights_on_one_line_is_one(sign):
    np.testing.assert_allclose(
        orthogonality(np.array([[1.0, 1.0], [sign, sign]])), 1, rtol=1e-6
    )


def test_orthogonality_of_one_class_is_zero():
    value, slope = jax.jit(jax.value_and_grad(orthogonality))(np.ones((1, 3)))
    assert value == 0 and (slope == 0).all()


def test_orthogonality_descent_reduces_it():
    w = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    moved = w - 0.1 * jax.jit(jax.grad(orthogonality))(w)
    assert orthogonality(moved) < orthogonality(w)


@pytest.mark.parametrize("num_classes", [1, 2])
def test_orthogonality_of_a_nan_is_nan(num_classes):
    assert np.isnan(orthogonality(np.full((num_classes, 3), np.nan)))


def test_orthogonality_weights_must_be_a_floating_matrix():
    with pytest.raises(ValueError, match=r"weights must be \[num_classes, dim\]"):
        orthogonality(np.ones(3))
    with pytest.raises(TypeError, match="weights must be floating, got int32"):
        orthogonality(np.ones((2, 3), np.int32))
