"""Exponential variance: the claims of ADR, Fig. 4."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import adr, exponential_variance

Z = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)


@pytest.mark.parametrize("form", ["eq4", "eq14", "kernel"])
def test_is_adr_with_the_variance(form):
    np.testing.assert_array_equal(
        exponential_variance(Z, tau=3, form=form),
        adr(Z, tau=3, form=form, uncertainty="variance"),
    )


def test_its_gradient_falls_faster_with_certainty_than_that_of_adr():
    """Beyond the steepest point, relative to it."""
    p = jnp.linspace(0.9, 0.999, 200)

    def slopes(regularizer):
        def f(p):
            return regularizer(jnp.stack([jnp.log(p), jnp.log1p(-p)]))

        slope = jax.jit(jax.vmap(jax.grad(f)))(p)
        return slope / slope.min()

    assert slopes(exponential_variance)[-1] < slopes(adr)[-1] / 3


def test_tau_outside_the_classes_raises():
    with pytest.raises(ValueError, match=r"tau must be in 1\.\.5, got 6"):
        exponential_variance(Z, tau=6)
