"""Convolutions of small maps on a CPU: XLA's against one matrix product.

python -m benchmarks.convolution
"""

from collections.abc import Callable
import functools
import time
from typing import Any

import jax
import jax.numpy as jnp
from rich.console import Console
from rich.table import Table

from adrjax.backbones import _small_maps

SHAPES = {  # the convolutions of AlexNet for CIFAR: side, channels, filters, kernel
    "4 x 4, 64 to 192, 5 x 5": (4, 64, 192, 5),
    "2 x 2, 192 to 384, 3 x 3": (2, 192, 384, 3),
    "2 x 2, 384 to 256, 3 x 3": (2, 384, 256, 3),
    "2 x 2, 256 to 256, 3 x 3": (2, 256, 256, 3),
}


def seconds(function: Callable[..., Any], *args: jax.Array, repeats: int = 5) -> float:
    """Returns the time of the fastest of several calls."""
    jax.block_until_ready(function(*args))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function(*args))
        times.append(time.perf_counter() - start)
    return min(times)


def forward_and_backward(
    conv: Callable[..., jax.Array], maps: jax.Array, kernel: jax.Array
) -> float:
    """Returns the seconds of a convolution and both its gradients."""

    def total(maps, kernel):
        return jnp.sum(conv(maps, kernel) ** 2)

    return seconds(jax.jit(jax.grad(total, argnums=(0, 1))), maps, kernel)


def main() -> None:
    table = Table("convolution", "XLA, ms", "product, ms", "ratio")
    for name, (side, channels, filters, kernel) in SHAPES.items():
        maps = jax.random.normal(jax.random.key(0), (128, side, side, channels))
        weights = jax.random.normal(
            jax.random.key(1), (kernel, kernel, channels, filters)
        )
        options = {
            "window_strides": (1, 1),
            "padding": [(kernel // 2, kernel // 2)] * 2,
            "lhs_dilation": (1, 1),
            "rhs_dilation": (1, 1),
            "dimension_numbers": jax.lax.conv_dimension_numbers(
                maps.shape, weights.shape, ("NHWC", "HWIO", "NHWC")
            ),
            "feature_group_count": 1,
            "precision": None,
        }
        xla, product = (
            forward_and_backward(functools.partial(conv, **options), maps, weights)
            for conv in (
                jax.lax.conv_general_dilated,
                _small_maps.conv_general_dilated,
            )
        )
        row = f"{1e3 * xla:.1f}", f"{1e3 * product:.1f}", f"{xla / product:.1f}"
        table.add_row(name, *row)
    Console().print(f"batch 128, forward and backward, {jax.devices()[0]}", table)


if __name__ == "__main__":
    main()
