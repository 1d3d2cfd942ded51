import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import margins
from tests import battery
from tests.battery import CLASSES, ROWS
from tests.features import CENTERS

X, W = battery.logits(), np.asarray(CENTERS, np.float32)


@pytest.mark.parametrize("length", [1e-11, 1e-4, 1.0, 1e4, 1e10, 1e18])
def test_no_length_helps(length):
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    expected = margins.cosines(unit, W)
    np.testing.assert_allclose(
        margins.cosines(length * unit, W), expected, atol=1e-6, rtol=0
    )
    np.testing.assert_allclose(
        margins.cosines(unit, np.float32(length) * W), expected, atol=1e-6, rtol=0
    )
    slope = battery.gradient(lambda x: margins.cosines(x, W)[..., 0], length * unit)
    exact = (W[0] - expected[:, :1] * unit) / length
    tolerance = 0.02 if length == 1e18 else 1e-5  # its square nears the largest float
    np.testing.assert_allclose(slope, exact, atol=tolerance * np.abs(exact).max())


def test_a_feature_is_at_1_to_itself_and_at_minus_1_to_its_opposite():
    np.testing.assert_allclose(
        np.diagonal(margins.cosines(X, X)), np.ones(ROWS), rtol=1e-6
    )
    np.testing.assert_allclose(
        np.diagonal(margins.cosines(X, -X)), -np.ones(ROWS), rtol=1e-6
    )


@pytest.mark.parametrize("shorter_than", [0.0, 1e-13])
def test_what_has_no_direction_has_cosine_and_gradient_zero(shorter_than):
    x, w = np.array(X), np.array(W)
    x[2] *= shorter_than
    w[3] *= shorter_than
    c, pullback = jax.vjp(margins.cosines, x, w)
    by_x, by_w = pullback(jnp.ones_like(c))
    for none in (c[2], c[:, 3], by_x[2], by_w[3]):
        np.testing.assert_array_equal(none, 0)
    assert np.isfinite(by_x).all() and np.isfinite(by_w).all()


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_each_gradient_has_the_dtype_of_its_input(dtype):
    c, pullback = jax.vjp(margins.cosines, X, jnp.asarray(W, dtype))
    assert c.dtype == jnp.float32
    assert [slope.dtype for slope in pullback(c)] == [np.float32, dtype]


def test_one_class_and_one_dimension():
    np.testing.assert_array_equal(
        margins.cosines([[2.0], [-3.0]], [[5.0]]), [[1], [-1]]
    )


def test_weights_that_do_not_fit_are_refused():
    wanted = rf"weights of shape \[num_classes, {CLASSES}\], got \(5, 4\)"
    with pytest.raises(ValueError, match=wanted):
        margins.cosines(X, W[:, :4])
    with pytest.raises(TypeError, match="weights must be floating, got int32"):
        margins.cosines(X, np.ones((CLASSES, CLASSES), np.int32))
