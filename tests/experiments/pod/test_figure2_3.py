"""`experiments.pod.figure2_3`: the slopes of the library are those of the figures."""

import jax.numpy as jnp
import numpy as np

from experiments.pod import figure2_3


def test_slopes_are_the_derivatives_of_the_figures():
    angles = np.radians(np.array([1.0, 63.74, 90.0, 120.0, 179.0], np.float32))
    sin, cos = np.sin(angles), np.cos(angles)
    found = [figure2_3.slopes(name, jnp.asarray(angles)) for name in figure2_3.LOSSES]
    first, second = map(np.asarray, found)
    np.testing.assert_allclose(first, sin, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(second, 2 * (1 - cos) * sin, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(second[[1, 3]], [1, 2.598], rtol=1e-3)


def test_the_floor_of_nac_where_delta_is_the_norm():
    for hypot, floor in ((False, 0.25), (True, 0.0858)):
        actual = figure2_3.floors(jnp.ones(1), hypot=hypot)
        np.testing.assert_allclose(actual, floor, rtol=1e-3)
