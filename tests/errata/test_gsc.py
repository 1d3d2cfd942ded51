"""Errata of GSC: the printed formula or number, and what contradicts it."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.regularizers import entropy, gsc
from experiments.gsc.table8 import COLUMNS, PRINTED

# The derivative of f at each p of Table 8, sigma constant or not.
SLOPES = {
    "0.50": (0.0, 0.0),
    "0.55": (-0.04164, 0.01204),
    "0.60": (-0.08739, 0.01419),
    "0.65": (-0.14184, -0.00922),
    "0.70": (-0.21018, -0.08897),
    "0.75": (-0.29623, -0.28761),
    "0.80": (-0.39174, -0.71587),
    "0.85": (-0.43389, -1.4199),
    "0.90": (-0.23551, -1.4466),
}
TABLE_8 = [  # p, H(p), -H'(p), f(p) and f'(p) as printed, and the slopes
    (float(p), *(float(PRINTED[p, name].text) for name in COLUMNS), *slopes)
    for p, slopes in SLOPES.items()
]
ROUNDING = 6e-4  # three decimals, some truncated

every_row = pytest.mark.parametrize(
    "p, h, h_slope, f, f_slope, at_constant_sigma, total",
    TABLE_8,
    ids=[f"p={row[0]:.2f}" for row in TABLE_8],
)


def binary(p):
    return jnp.stack([jnp.log(p), jnp.log1p(-p)], axis=-1)


OPTIONS = ("normalize", "stop_uncertainty")


@functools.partial(jax.jit, static_argnames=OPTIONS)
def density(p, **options):
    return gsc(binary(p), **{"normalize": False} | options)


@jax.jit
def uncertainty(p):
    return entropy(binary(p))


slope_of_density = jax.jit(jax.grad(density), static_argnames=OPTIONS)
slope_of_uncertainty = jax.jit(jax.grad(uncertainty))


@every_row
def test_the_columns_of_table_8_for_the_entropy_and_f_are_right(
    p, h, h_slope, f, f_slope, at_constant_sigma, total
):
    np.testing.assert_allclose(uncertainty(p), h, atol=ROUNDING)
    np.testing.assert_allclose(-slope_of_uncertainty(p), h_slope, atol=ROUNDING)
    np.testing.assert_allclose(density(p), f, atol=ROUNDING)


@every_row
def test_the_last_column_of_table_8_is_no_derivative_of_f(
    p, h, h_slope, f, f_slope, at_constant_sigma, total
):
    """It is f (1 - p) / sigma^2 of Eqs. (12) and (17), where 1 - 2p should stand."""
    sigma, value = np.asarray(uncertainty(p)), np.asarray(density(p))
    np.testing.assert_allclose(value * (1 - p) / sigma**2, f_slope, atol=ROUNDING)
    stopped = slope_of_density(p, stop_uncertainty=True)
    np.testing.assert_allclose(stopped, value * (1 - 2 * p) / sigma**2, atol=1e-12)
    np.testing.assert_allclose(stopped, at_constant_sigma, atol=6e-6)
    np.testing.assert_allclose(slope_of_density(p), total, rtol=1e-3, atol=6e-6)


@pytest.mark.parametrize("normalize, f", [(False, 0.1969), (True, 0.1239)])
def test_sigma_is_normalized_in_equation_9_and_in_nats_in_table_8(normalize, f):
    np.testing.assert_allclose(density(0.5, normalize=normalize), f, atol=5e-5)


@pytest.mark.parametrize(
    "normalize, where, top", [(False, 0.6380, 0.19825), (True, 0.8234, 0.16066)]
)
def test_f_rises_from_the_uniform_prediction_to_a_peak(normalize, where, top):
    p = np.linspace(0.5, 0.99, 49_001)
    values = np.asarray(density(p, normalize=normalize))
    np.testing.assert_allclose(p[values.argmax()], where, atol=5e-5)
    np.testing.assert_allclose(values.max(), top, atol=5e-6)


@pytest.mark.parametrize("normalize", [False, True])
def test_at_equal_scores_the_gradient_does_not_persist_but_is_0(normalize):
    slope = functools.partial(slope_of_density, normalize=normalize)
    np.testing.assert_allclose(slope(0.5), 0, atol=1e-12)
    assert slope(0.45) < 0 < slope(0.55)
