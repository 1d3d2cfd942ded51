"""Orthogonality of class weights."""

import jax
import numpy as np
import pytest

from adrjax.embeddings import orthogonality
from tests import battery


def test_weights_at_right_angles_have_none():
    assert orthogonality(3 * np.eye(4, 6)) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_weights_on_one_line_have_the_most(sign):
    np.testing.assert_allclose(orthogonality([[1.0, 1.0], [sign, sign]]), 1, rtol=1e-6)


def test_one_class_has_none():
    value, slope = jax.value_and_grad(orthogonality)(np.ones((1, 3), np.float32))
    assert value == 0 and (slope == 0).all()


def test_descent_turns_weights_apart():
    w = battery.logits()[:4]
    moved = w - 0.1 * jax.grad(orthogonality)(w)
    assert orthogonality(moved) < orthogonality(w)


def test_what_is_no_matrix_is_refused():
    with pytest.raises(ValueError, match=r"weights must be \[num_classes, dim\]"):
        orthogonality(np.ones(3))
    with pytest.raises(TypeError, match="weights must be floating, got int32"):
        orthogonality(np.ones((2, 3), np.int32))
