"""Convolution, with two rules for a CPU."""

from collections.abc import Callable, Sequence
import functools
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

    On a CPU, XLA's convolution of maps of at most 4 x 4 pixels is 5 to 30 times slower
    than the equal matrix product. For the weight gradient of larger ones, XLA
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
    numbers = {*window_strides, *lhs_dilation, *rhs_dilation, feature_group_count}
    is_small = lhs.ndim == 4 and lhs.shape[1] * lhs.shape[2] <= _MAX_PIXELS
    if is_small and numbers == {1}:
        on_cpu = functools.partial(_product, padding=padding, precision=precision)
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


def _product(
    maps: jax.Array,
    kernel: jax.Array,
    *,
    padding: Sequence[tuple[int, int]],
    precision: jax.lax.PrecisionLike,
) -> jax.Array:
    maps = jnp.pad(maps, ((0, 0), *padding, (0, 0)))
    height, width = (
        size - side + 1
        for size, side in zip(maps.shape[1:3], kernel.shape[:2], strict=True)
    )
    windows = [
        maps[:, i : i + height, j : j + width]
        for i in range(kernel.shape[0])
        for j in range(kernel.shape[1])
    ]
    return jnp.matmul(
        jnp.concatenate(windows, axis=-1),
        kernel.reshape(-1, kernel.shape[-1]),
        precision=precision,
    )
