"""The layers that families share, with torch's defaults."""

from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax

from adrjax.backbones import _initializers, _small_maps


def conv(
    x: jax.Array,
    features: int,
    *,
    kernel: int,
    stride: int = 1,
    padding: int | Sequence[tuple[int, int]] = 0,
    groups: int = 1,
    dtype: Any,
    name: str,
) -> jax.Array:
    """Returns the square convolution of `x`, with a bias."""
    fan_in = kernel**2 * x.shape[-1] // groups
    return nn.Conv(
        features,
        (kernel, kernel),
        strides=stride,
        padding=padding,
        feature_group_count=groups,
        dtype=dtype,
        kernel_init=_initializers.fan_in_uniform,
        bias_init=_initializers.bias_uniform(fan_in),
        conv_general_dilated=_small_maps.conv_general_dilated,
        name=name,
    )(x)


def max_pool(x: jax.Array) -> jax.Array:
    """Returns the largest of every square of 2 x 2 pixels."""
    return nn.max_pool(x, (2, 2), strides=(2, 2))


def batch_norm(
    x: jax.Array, *, train: bool, axis_name: str | None, dtype: Any, name: str
) -> jax.Array:
    """Returns `x` normalized over batch and pixels.

    The running variance is that of the batch over n, where torch's is over n - 1.
    """
    return nn.BatchNorm(
        use_running_average=not train,
        momentum=0.9,  # torch's 0.1, the weight of the new value
        epsilon=1e-5,
        dtype=dtype,
        axis_name=axis_name,
        name=name,
    )(x)
