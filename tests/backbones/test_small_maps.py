"""The convolution of small maps is XLA's."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import _small_maps

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("side", [1, 2, 4, 6])
@pytest.mark.parametrize("stride, groups", [(1, 1), (2, 1), (1, 3)])
@pytest.mark.parametrize("padding", [[(1, 1), (1, 1)], [(2, 1), (1, 2)]])
def test_values_and_gradients_are_those_of_lax(side, stride, groups, padding):
    maps = RNG.normal(size=(3, side, side, 6)).astype(np.float32)
    kernel = RNG.normal(size=(3, 3, 6 // groups, 9)).astype(np.float32)
    options = {
        "window_strides": (stride, stride),
        "padding": padding,
        "lhs_dilation": (1, 1),
        "rhs_dilation": (1, 1),
        "dimension_numbers": jax.lax.conv_dimension_numbers(
            maps.shape, kernel.shape, ("NHWC", "HWIO", "NHWC")
        ),
        "feature_group_count": groups,
        "precision": None,
    }

    def of(conv):
        def total(maps, kernel):
            y = functools.partial(conv, **options)(maps, kernel)
            return jnp.sum(jnp.sin(y)), y

        gradient = jax.value_and_grad(total, argnums=(0, 1), has_aux=True)
        return jax.jit(gradient)(maps, kernel)

    actual = of(_small_maps.conv_general_dilated)
    expected = of(jax.lax.conv_general_dilated)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4),
        actual,
        expected,
    )


def test_bfloat16_stays_bfloat16():
    maps = jnp.ones((2, 2, 2, 4), jnp.bfloat16)
    kernel = jnp.ones((3, 3, 4, 5), jnp.bfloat16)
    y = _small_maps.conv_general_dilated(
        maps,
        kernel,
        (1, 1),
        [(1, 1)] * 2,
        lhs_dilation=(1, 1),
        rhs_dilation=(1, 1),
        dimension_numbers=jax.lax.conv_dimension_numbers(
            maps.shape, kernel.shape, ("NHWC", "HWIO", "NHWC")
        ),
        feature_group_count=1,
        precision=None,
    )
    assert y.dtype == jnp.bfloat16 and (y == 16).all()
