"""GSC: the numbers that its paper prints."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import gsc
from tests import goldens

BINARY = goldens.load("gsc_binary")


@pytest.mark.parametrize("case", BINARY, ids=lambda case: case["id"])
def test_binary_values_and_derivatives(case):
    """Eqs. (12) and (17) print f (1 - p) / s^2: not the derivative of Eq. (13)."""

    def density(p, stop=False):
        return gsc(
            jnp.stack([jnp.log(p), jnp.log1p(-p)]),
            normalize=case["params"]["sigma"] == "H",
            stop_uncertainty=stop,
        )

    with jax.enable_x64(True):
        p, expected = jnp.asarray(case["inputs"]["p"]), case["outputs"]
        value, total = jax.value_and_grad(density)(p)
        np.testing.assert_allclose(value, expected["f"], rtol=1e-9)
        np.testing.assert_allclose(total, expected["total"], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(
            jax.grad(density)(p, stop=True), expected["const_sigma"], atol=1e-9
        )


def test_uniform_prediction_is_a_minimum_and_not_the_maximum():
    """The paper claims that f falls from p = 0.5 on; it first rises to p = 0.638."""
    p = jnp.linspace(0.5, 0.99, 491)
    f = gsc(jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1), normalize=False)
    np.testing.assert_allclose(p[jnp.argmax(f)], 0.638, atol=1e-3)
    np.testing.assert_allclose(f.max(), 0.19825, atol=1e-5)


def test_nan_logit_or_mean_gives_nan_or_raises():
    z = jnp.where(jnp.eye(3, dtype=bool), jnp.nan, jnp.arange(3.0))
    value, gradient = jax.jit(
        lambda z: (gsc(z, mean=0.3), jax.grad(lambda z: gsc(z, mean=0.3).sum())(z))
    )(z)
    assert np.isnan(value).all() and np.isnan(gradient).any(axis=-1).all()
    with pytest.raises(ValueError, match="mean must be finite, got nan"):
        gsc(jnp.zeros(5), mean=jnp.nan)


def test_dtype_of_the_mean_does_not_change_that_of_the_penalty():
    with jax.enable_x64(True):
        z = np.zeros(5, np.float32)
        assert gsc(z, mean=np.float64(0.1)).dtype == jnp.float32


def test_overflowing_density_raises():
    gsc(jnp.zeros(200), top_c=100)
    with pytest.raises(ValueError, match="top_c=101 overflows float32"):
        gsc(jnp.zeros(200), top_c=101)


@pytest.mark.parametrize("top_c", [0, 6])
def test_top_c_outside_the_classes_raises(top_c):
    with pytest.raises(ValueError, match=rf"top_c must be in 1..5.*, got {top_c}"):
        gsc(jnp.zeros((2, 5)), top_c=top_c)


def test_one_class_raises():
    with pytest.raises(ValueError, match="at least 2 classes, got shape"):
        gsc(jnp.zeros((2, 1)), top_c=1)
