"""`experiments.gsc.figure4`: the numbers that its docstring names."""

import jax.numpy as jnp
import numpy as np

from adrjax.regularizers import entropy
from experiments.adr.figure4 import curve
from experiments.gsc import figure4


def test_the_slopes_are_those_of_the_paper():
    p = jnp.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(
        curve(figure4.label_loss, p)[1], [-5, -2, -1 / 0.9], rtol=1e-5
    )
    np.testing.assert_allclose(
        curve(entropy, p)[1], [np.log(4), 0, -2.1972], rtol=1e-4, atol=1e-6
    )


def test_the_slope_with_respect_to_the_logit_is_largest_at_0_824():
    p = jnp.linspace(0.5, 0.999, 500)
    slope = p * (1 - p) * curve(entropy, p)[1]
    np.testing.assert_allclose(p[jnp.argmin(slope)], 0.824, atol=1e-3)
    np.testing.assert_allclose(slope.min(), -0.224, atol=1e-3)
