"""Convolution, with three rules for a CPU."""

from collections.abc import Callable, Sequence
import functools
import math
import operator
from typing import Any

import jax
from jax.custom_derivatives import SymbolicZero
import jax.numpy as jnp

from adrjax.backbones._xla import materialize

_MAX_PIXELS = 16


def conv_general_dilated(
    lhs: jax.Array,
    rhs: jax.Array,
    window_strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
    *,
    lhs_dilation: Sequence[int],
    rhs_dilation: Sequence[int],
    dimension_numbers: jax.lax.ConvDimensionNumbers,
    feature_group_count: int,
    precision: jax.lax.PrecisionLike,
) -> jax.Array:
    """`jax.lax.conv_general_dilated` for `flax.linen.Conv`, channels last.

    On a CPU, XLA's convolution is slower than the equal matrix product for maps of at
    most 4 x 4 pixels and for kernels of one pixel, and its depthwise convolution is
    slower than the equal sum of shifted maps. For the weight gradient of the others, it
    transposes the input, and would normalize and activate it again in the order of the
    result (`python -m benchmarks.convolution`).
    """
    native = functools.partial(
        jax.lax.conv_general_dilated,
        window_strides=window_strides,
        padding=padding,
        lhs_dilation=lhs_dilation,
        rhs_dilation=rhs_dilation,
        dimension_numbers=dimension_numbers,
        feature_group_count=feature_group_count,
        precision=precision,
    )
    is_plain = lhs.ndim == 4 and {*lhs_dilation, *rhs_dilation} == {1}
    is_small = math.prod(lhs.shape[1:-1]) <= _MAX_PIXELS
    is_pointwise = {*rhs.shape[:-2]} == {1}
    is_depthwise = feature_group_count == lhs.shape[-1] == rhs.shape[-1] > 1
    windows = functools.partial(_windows, strides=window_strides, padding=padding)
    if is_plain and is_depthwise:
        on_cpu = functools.partial(_shifted, windows)
    elif is_plain and feature_group_count == 1 and (is_small or is_pointwise):
        on_cpu = functools.partial(_product, windows, precision=precision)
    else:
        on_cpu = _reading_input(native)
    return jax.lax.platform_dependent(lhs, rhs, cpu=on_cpu, default=native)


def _reading_input(conv: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    """Returns a convolution whose weight gradient reads its input from memory."""
    function = jax.custom_jvp(conv)

    def jvp(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[Any, Any]:
        (maps, kernel), (d_maps, d_kernel) = primals, tangents
        y = conv(maps, kernel)
        dy = jnp.zeros_like(y)
        if not isinstance(d_maps, SymbolicZero):
            dy += conv(d_maps, kernel)
        if not isinstance(d_kernel, SymbolicZero):
            dy += conv(materialize(maps), d_kernel)
        return y, dy

    function.defjvp(jvp, symbolic_zeros=True)
    return function


def _windows(
    maps: jax.Array,
    kernel: jax.Array,
    *,
    strides: Sequence[int],
    padding: Sequence[tuple[int, int]],
) -> list[jax.Array]:
    """Returns what each place of the kernel sees, row by row."""
    maps = jnp.pad(maps, ((0, 0), *padding, (0, 0)))
    sides = kernel.shape[:2]
    ends = [
        (size - side) // stride * stride + 1
        for size, side, stride in zip(maps.shape[1:3], sides, strides, strict=True)
    ]
    return [
        maps[:, i : i + ends[0] : strides[0], j : j + ends[1] : strides[1]]
        for i in range(sides[0])
        for j in range(sides[1])
    ]


def _product(
    windows: Callable[..., list[jax.Array]],
    maps: jax.Array,
    kernel: jax.Array,
    *,
    precision: jax.lax.PrecisionLike,
) -> jax.Array:
    return jnp.matmul(
        jnp.concatenate(windows(maps, kernel), axis=-1),
        kernel.reshape(-1, kernel.shape[-1]),
        precision=precision,
    )


def _shifted(
    windows: Callable[..., list[jax.Array]], maps: jax.Array, kernel: jax.Array
) -> jax.Array:
    weights = kernel.reshape(-1, 1, 1, 1, kernel.shape[-1])
    weights = weights.astype(jnp.promote_types(kernel.dtype, jnp.float32))
    products = map(operator.mul, windows(maps, kernel), weights)
    return functools.reduce(operator.add, products).astype(maps.dtype)
