"""Fast convolution of maps of a few pixels on a CPU."""

from collections.abc import Sequence
import functools

import jax
import jax.numpy as jnp

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
    than the equal matrix product (`python -m benchmarks.convolution`).
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
    is_plain = {*window_strides, *lhs_dilation, *rhs_dilation, feature_group_count} == {
        1
    }
    if not is_plain or lhs.ndim != 4 or lhs.shape[1] * lhs.shape[2] > _MAX_PIXELS:
        return native(lhs, rhs)
    product = functools.partial(_product, padding=padding, precision=precision)
    return jax.lax.platform_dependent(lhs, rhs, cpu=product, default=native)


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
