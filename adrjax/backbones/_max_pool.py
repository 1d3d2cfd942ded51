"""Max pooling, with a gradient for a CPU."""

from collections.abc import Sequence
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from adrjax.backbones._xla import materialize


def max_pool(
    x: jax.Array,
    *,
    kernel: int = 2,
    stride: int | Sequence[int] = 2,
    padding: tuple[int, int] = (0, 0),
) -> jax.Array:
    """Returns the maximum of every window, of 2 x 2 pixels by default.

    On a CPU, XLA's gradient, a scatter, is 3 to 30 times slower than a selection for
    each pixel of a window (`python -m benchmarks.convolution`).
    """
    directions = x.ndim - 2
    window = (kernel,) * directions
    strides = (stride,) * directions if isinstance(stride, int) else tuple(stride)
    margins = ((0, 0), *[padding] * directions, (0, 0))
    native = functools.partial(
        nn.pool,
        init=-jnp.inf,
        reduce_fn=jax.lax.max,
        window_shape=window,
        strides=strides,
        padding=margins[1:-1],
    )
    on_cpu = jax.custom_jvp(native)

    @on_cpu.defjvp
    def _(
        primals: tuple[jax.Array], tangents: tuple[jax.Array]
    ) -> tuple[jax.Array, jax.Array]:
        y = native(*primals)
        x = jnp.pad(*primals, margins, constant_values=-jnp.inf)
        dx = jnp.pad(*tangents, margins)
        dy = jnp.zeros_like(y)
        for corner in reversed([*np.ndindex(window)]):
            start, steps = (0, *corner, 0), (1, *strides, 1)
            stop = [
                a + (n - 1) * b + 1
                for a, b, n in zip(start, steps, y.shape, strict=True)
            ]
            dy = jnp.where(
                jax.lax.slice(x, start, stop, steps) < y,
                dy,
                jax.lax.slice(dx, start, stop, steps),
            )
        return y, materialize(dy)  # of the first maximum, or NaN

    return jax.lax.platform_dependent(x, cpu=on_cpu, default=native)
