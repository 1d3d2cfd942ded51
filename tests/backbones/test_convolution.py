"""`_convolution.conv_general_dilated` equals that of `jax.lax`, and is for a CPU."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax.backbones import _convolution

RNG = np.random.default_rng(0)
SIDES = (1, 2, 4, 6)
PADDINGS = ([(1, 1), (1, 1)], [(2, 1), (1, 2)])


def convolve(conv, maps, kernel, *, stride=1, groups=1, padding=PADDINGS[0]):
    return conv(
        maps,
        kernel,
        window_strides=(stride, stride),
        padding=padding,
        lhs_dilation=(1, 1),
        rhs_dilation=(1, 1),
        dimension_numbers=jax.lax.conv_dimension_numbers(
            maps.shape, kernel.shape, ("NHWC", "HWIO", "NHWC")
        ),
        feature_group_count=groups,
        precision=None,
    )


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("stride, groups", [(1, 1), (2, 1), (1, 3), (1, 6), (2, 6)])
def test_values_and_gradients_are_those_of_lax(stride, groups, size):
    maps = {
        side: RNG.normal(size=(3, side, side, 6)).astype(np.float32) for side in SIDES
    }
    filters = 6 if groups == 6 else 9  # 6 groups are a depthwise convolution
    kernel = RNG.normal(size=(size, size, 6 // groups, filters)).astype(np.float32)

    @functools.partial(jax.jit, static_argnums=0)
    def values_and_gradients(conv, maps, kernel):
        def total(maps, kernel):
            y = [
                convolve(conv, x, kernel, stride=stride, groups=groups, padding=padding)
                for x in maps.values()
                for padding in PADDINGS
            ]
            return sum(jnp.sum(jnp.sin(y)) for y in y), y

        return jax.value_and_grad(total, argnums=(0, 1), has_aux=True)(maps, kernel)

    actual = values_and_gradients(_convolution.conv_general_dilated, maps, kernel)
    expected = values_and_gradients(jax.lax.conv_general_dilated, maps, kernel)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4),
        actual,
        expected,
    )


def test_bfloat16_stays_bfloat16():
    maps = jnp.ones((2, 2, 2, 4), jnp.bfloat16)
    kernel = jnp.ones((3, 3, 4, 5), jnp.bfloat16)
    y = convolve(_convolution.conv_general_dilated, maps, kernel)
    assert y.dtype == jnp.bfloat16 and (y == 16).all()


def test_a_depthwise_convolution_of_bfloat16_is_summed_in_float32():
    maps = jnp.asarray(RNG.normal(size=(2, 8, 8, 4)), jnp.bfloat16)
    kernel = jnp.asarray(RNG.normal(size=(5, 5, 1, 4)), jnp.bfloat16)
    options = {"groups": 4, "padding": [(2, 2), (2, 2)]}
    y = convolve(_convolution.conv_general_dilated, maps, kernel, **options)
    wide = (x.astype(jnp.float32) for x in (maps, kernel))
    exact = convolve(jax.lax.conv_general_dilated, *wide, **options)
    assert y.dtype == jnp.bfloat16
    np.testing.assert_array_equal(y, exact.astype(jnp.bfloat16))


def test_a_cpu_alone_reads_the_input_of_the_weight_gradient_from_memory():
    maps, kernel = jnp.ones((2, 8, 8, 3)), jnp.ones((3, 3, 3, 4))

    def total(kernel):
        return convolve(_convolution.conv_general_dilated, maps, kernel).sum()

    traced = jax.jit(jax.grad(total)).trace(kernel)
    on_cpu, on_gpu = (
        traced.lower(lowering_platforms=(name,)).as_text() for name in ("cpu", "cuda")
    )
    assert 'inlineable = "false"' in on_cpu
    assert " call(" in traced.lower(lowering_platforms=("cpu",)).compile().as_text()
    assert "inlineable" not in on_gpu and "optimization_barrier" not in on_gpu


@pytest.mark.parametrize("channels", [1, 2])  # one, or depthwise
def test_forward_mode_and_second_derivatives(channels):
    maps = jnp.asarray(RNG.normal(size=(1, 5, 5, channels)), jnp.float32)
    kernel = jnp.asarray(RNG.normal(size=(3, 3, 1, channels)), jnp.float32)

    def derivatives(conv):
        def total(maps, kernel):
            return jnp.sum(jnp.sin(convolve(conv, maps, kernel, groups=channels)))

        tangent = jax.jvp(total, (maps, kernel), (maps, kernel))[1]
        return tangent, jax.hessian(total, argnums=1)(maps, kernel)

    actual = derivatives(_convolution.conv_general_dilated)
    expected = derivatives(jax.lax.conv_general_dilated)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4),
        actual,
        expected,
    )
