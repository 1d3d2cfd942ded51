"""`experiments.adr.figure4`: values and slopes of two classes that the papers name."""

import jax.numpy as jnp
import numpy as np

from experiments.adr import figure4


def test_the_entropy_is_in_nats_with_the_slopes_that_gsc_prints():
    (entropy,) = figure4.PANELS["(b) entropy"].values()
    values, slopes = figure4.curve(entropy, jnp.array([0.5, 0.75, 0.9]))
    np.testing.assert_allclose(values, [0.693, 0.562, 0.325], atol=6e-4)
    np.testing.assert_allclose(slopes, [0, -1.099, -2.197], atol=6e-4)


def test_eq_4_flattens_below_0_96_and_its_slope_is_0_at_one_half():
    adr = figure4.PANELS["(d) exponential entropy, ADR"]["Eq. (4)"]
    _, slopes = figure4.curve(adr, jnp.array([0.5, 0.6, 0.95, 0.97]))
    np.testing.assert_allclose(slopes[0], 0, atol=1e-5)
    assert (np.sign(slopes[1:]) == [1, 1, -1]).all()
