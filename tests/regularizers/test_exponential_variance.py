"""Exponential variance: what ADR, Fig. 4, says of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import adr, exponential_variance
from tests import battery


@pytest.mark.parametrize("form", ["eq4", "eq14", "kernel"])
def test_is_adr_of_the_variance(form):
    z = battery.logits()
    np.testing.assert_array_equal(
        exponential_variance(z, tau=3, form=form),
        adr(z, tau=3, form=form, uncertainty="variance"),
    )


def test_its_slope_falls_faster_with_certainty_than_that_of_the_entropy():
    """Behind the steepest descent, relative to it."""
    p = jnp.linspace(0.9, 0.999, 200)

    def slopes(regularizer):
        def f(p):
            return regularizer(jnp.stack([jnp.log(p), jnp.log1p(-p)]))

        slope = jax.vmap(jax.grad(f))(p)
        return slope / slope.min()

    assert slopes(exponential_variance)[-1] < slopes(adr)[-1] / 3


def test_tau_outside_the_classes_is_refused():
    with pytest.raises(ValueError, match=r"tau must be in 1\.\.5, got 6"):
        exponential_variance(battery.logits(), tau=6)
