"""What the networks compute otherwise on a CPU, against XLA's own: value and gradients.

    python -m benchmarks.convolution

Maps of a few pixels, and any maps with kernels of one pixel, are convolved by a matrix
product; depthwise convolutions are sums of shifted maps. The weight gradient of the
others reads their activation from memory. Max pooling selects where XLA scatters.
"""

from collections.abc import Callable
import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from rich.console import Console
from rich.table import Table

from adrjax.backbones import _convolution
from adrjax.backbones._max_pool import max_pool
from benchmarks.clock import seconds

BATCH, BUDGET = 128, 3.0
SMALL = {  # the convolutions of AlexNet for CIFAR: side, channels, filters, kernel
    "4 x 4, 64 to 192, 5 x 5": (4, 64, 192, 5),
    "2 x 2, 192 to 384, 3 x 3": (2, 192, 384, 3),
    "2 x 2, 384 to 256, 3 x 3": (2, 384, 256, 3),
    "2 x 2, 256 to 256, 3 x 3": (2, 256, 256, 3),
}
POINTWISE = {  # of MobileNetV2 for CIFAR, ConvMixer, ResNet-50: side, channels, filters
    "16 x 16, 96 to 24": (16, 96, 24),
    "16 x 16, 256 to 256": (16, 256, 256),
    "56 x 56, 64 to 256": (56, 64, 256),
}
DEPTHWISE = {  # of MobileNetV2 for CIFAR and of ConvMixer: side, channels, kernel
    "16 x 16, 32 channels, 3 x 3": (16, 32, 3),
    "4 x 4, 192 channels, 3 x 3": (4, 192, 3),
    "16 x 16, 256 channels, 5 x 5": (16, 256, 5),
}
BLOCKS = {  # of a ResNet for CIFAR: side, channels
    "32 x 32, 16 channels": (32, 16),
    "16 x 16, 32 channels": (16, 32),
    "8 x 8, 64 channels": (8, 64),
}
POOLS = {  # side, channels, window, padding
    "32 x 32, 32 channels, 2 x 2": (32, 32, 2, (0, 0)),
    "24 x 24, 20 channels, 2 x 2": (24, 20, 2, (0, 0)),
    "32 x 32, 64 channels, 3 x 3": (32, 64, 3, (0, 1)),
}
Conv = Callable[..., jax.Array]


def normal(seed: int, *shape: int) -> jax.Array:
    """Returns normal numbers."""
    return jax.random.normal(jax.random.key(seed), shape)


def convolve(
    conv: Conv, maps: jax.Array, kernel: jax.Array, groups: int = 1
) -> jax.Array:
    """Returns a convolution whose result is as large as the maps."""
    return conv(
        maps,
        kernel,
        window_strides=(1, 1),
        padding=[(size // 2, size // 2) for size in kernel.shape[:2]],
        lhs_dilation=(1, 1),
        rhs_dilation=(1, 1),
        dimension_numbers=jax.lax.conv_dimension_numbers(
            maps.shape, kernel.shape, ("NHWC", "HWIO", "NHWC")
        ),
        feature_group_count=groups,
        precision=None,
    )


def two_blocks(conv: Conv, maps: jax.Array, kernels: jax.Array) -> jax.Array:
    """Returns two residual blocks with normalization and activation."""

    def layer(x: jax.Array, kernel: jax.Array) -> jax.Array:
        x = convolve(conv, x, kernel)
        return (x - x.mean((0, 1, 2))) * jax.lax.rsqrt(x.var((0, 1, 2)) + 1e-5)

    for first, second in kernels:
        maps = nn.relu(maps + layer(nn.relu(layer(maps, first)), second))
    return maps


def native_pool(x: jax.Array, *, kernel: int, padding: tuple[int, int]) -> jax.Array:
    """Returns XLA's max pooling with a stride of two pixels."""
    window, paddings = (kernel, kernel), (padding, padding)
    return nn.pool(x, -jnp.inf, jax.lax.max, window, (2, 2), paddings)


def cases() -> dict[
    str, tuple[Callable[..., Any], Callable[..., Any], list[jax.Array]]
]:
    """Returns XLA's function, ours and their arguments, by name."""
    convs: list[Conv] = [
        jax.lax.conv_general_dilated,
        _convolution.conv_general_dilated,
    ]
    found = {}
    for name, (side, channels, filters, size) in SMALL.items():
        arguments = [
            normal(0, BATCH, side, side, channels),
            normal(1, size, size, channels, filters),
        ]
        pair = (functools.partial(convolve, conv) for conv in convs)
        found[f"convolution, {name}"] = *pair, arguments
    for name, (side, channels, filters) in POINTWISE.items():
        arguments = [
            normal(0, BATCH, side, side, channels),
            normal(1, 1, 1, channels, filters),
        ]
        pair = (functools.partial(convolve, conv) for conv in convs)
        found[f"pointwise, {name}"] = *pair, arguments
    for name, (side, channels, size) in DEPTHWISE.items():
        arguments = [
            normal(0, BATCH, side, side, channels),
            normal(1, size, size, 1, channels),
        ]
        pair = (functools.partial(convolve, conv, groups=channels) for conv in convs)
        found[f"depthwise, {name}"] = *pair, arguments
    for name, (side, channels) in BLOCKS.items():
        arguments = [
            normal(0, BATCH, side, side, channels),
            0.1 * normal(1, 2, 2, 3, 3, channels, channels),
        ]
        pair = (functools.partial(two_blocks, conv) for conv in convs)
        found[f"two blocks, {name}"] = *pair, arguments
    for name, (side, channels, kernel, padding) in POOLS.items():
        pair = (
            functools.partial(pool, kernel=kernel, padding=padding)
            for pool in (native_pool, max_pool)
        )
        found[f"pool, {name}"] = *pair, [normal(0, BATCH, side, side, channels)]
    return found


def main() -> None:
    table = Table("", "XLA, ms", "adrjax, ms", "ratio")
    for name, (*pair, arguments) in cases().items():
        places = tuple(range(len(arguments)))
        calls = {
            key: functools.partial(
                jax.jit(jax.grad(lambda *x, f=f: jnp.sum(f(*x) ** 2), argnums=places)),
                *arguments,
            )
            for key, f in zip(("XLA", "adrjax"), pair, strict=True)
        }
        xla, ours = seconds(calls, budget=BUDGET).values()
        table.add_row(
            name, f"{1e3 * xla:.1f}", f"{1e3 * ours:.1f}", f"{ours / xla:.2f}"
        )
    Console().print(f"batch {BATCH}, value and gradients, {jax.devices()[0]}", table)


if __name__ == "__main__":
    main()
