"""Layers that several families share, with torch's defaults."""

from collections.abc import Callable, Sequence
import math

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from adrjax import _checks, _initializers
from adrjax.backbones import _convolution


def conv(
    x: jax.Array,
    features: int,
    *,
    kernel: int,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[tuple[int, int]] = 0,
    groups: int = 1,
    use_bias: bool = True,
    kernel_init: Initializer = _initializers.fan_in_uniform,
    bias_init: Initializer | None = None,
    dtype: DTypeLike,
    name: str,
) -> jax.Array:
    """Returns the convolution of images or clips with a square or cubic kernel."""
    directions = x.ndim - 2
    fan_in = kernel**directions * x.shape[-1] // groups
    layer = nn.Conv(
        features,
        (kernel,) * directions,
        strides=stride,
        padding=padding,
        feature_group_count=groups,
        use_bias=use_bias,
        dtype=dtype,
        kernel_init=kernel_init,
        bias_init=bias_init or _initializers.bias_uniform(fan_in),
        conv_general_dilated=_convolution.conv_general_dilated,
        name=name,
    )
    if layer.has_variable("params", "kernel"):
        channels = groups * layer.get_variable("params", "kernel").shape[-2]
        if channels != x.shape[-1]:
            raise ValueError(
                f"{name} has parameters for {channels} channels, got {x.shape[-1]} of "
                f"shape {x.shape}: images must have as many channels as those of `init`"
            )
    return layer(x)


def stem_conv(
    x: jax.Array,
    features: int,
    *,
    stem: str,
    kernel_init: Initializer,
    dtype: DTypeLike,
    name: str,
) -> jax.Array:
    """Returns the first convolution, for large images or for small ones."""
    shapes = {"imagenet": (7, 2, 3), "cifar": (3, 1, 1)}
    if stem not in shapes:
        raise ValueError(f'stem must be "imagenet" or "cifar", got {stem!r}')
    kernel, stride, padding = shapes[stem]
    return conv(
        x,
        features,
        kernel=kernel,
        stride=stride,
        padding=padding,
        use_bias=False,
        kernel_init=kernel_init,
        dtype=dtype,
        name=name,
    )


def dense(
    x: jax.Array,
    features: int,
    *,
    kernel_init: Initializer = _initializers.fan_in_uniform,
    bias_init: Initializer | None = None,
    dtype: DTypeLike,
    name: str,
) -> jax.Array:
    """Returns a linear map of the last axis."""
    return nn.Dense(
        features,
        dtype=dtype,
        kernel_init=kernel_init,
        bias_init=bias_init or _initializers.bias_uniform(x.shape[-1]),
        name=name,
    )(x)


def flatten(x: jax.Array) -> jax.Array:
    """Returns images as vectors, in the order of torch and Caffe: channels first."""
    return x.transpose(0, 3, 1, 2).reshape(len(x), math.prod(x.shape[1:]))


def dropout(x: jax.Array, rate: float, *, train: bool) -> jax.Array:
    """Returns `x` with values dropped at the given rate in training."""
    _checks.between("dropout", rate, 0, 1)
    return nn.Dropout(rate, deterministic=not train)(x)


def sum_pool(
    x: jax.Array, *, kernel: int, stride: int, padding: tuple[int, int] = (0, 0)
) -> jax.Array:
    """Returns the sum of every square window."""
    window, strides = (kernel, kernel), (stride, stride)
    return nn.pool(x, 0.0, jax.lax.add, window, strides, [padding] * 2)


def local_response_norm(x: jax.Array, *, size: int, alpha: float) -> jax.Array:
    """Returns `x` divided by a power of the squares of neighboring channels.

    Krizhevsky et al., ImageNet Classification, Section 3.3. Caffe divides alpha by the
    size; TensorFlow does not, and its `depth_radius` r is a size of 2 r + 1.
    """
    squares = jax.lax.reduce_window(
        x * x, 0.0, jax.lax.add, (1, 1, 1, size), (1, 1, 1, 1), "SAME"
    )
    return x / (1 + alpha / size * squares) ** 0.75


def batch_norm(
    x: jax.Array,
    *,
    train: bool,
    axis_name: str | None,
    dtype: DTypeLike,
    momentum: float = 0.9,  # torch's momentum is 1 - 0.9, the weight of the new value
    epsilon: float = 1e-5,
    use_scale: bool = True,
    name: str,
) -> jax.Array:
    """Returns `x` normalized over batch and pixels.

    The running variance is of the batch variance over n; torch's is over n - 1.
    """
    return nn.BatchNorm(
        use_running_average=not train,
        momentum=momentum,
        epsilon=epsilon,
        use_scale=use_scale,
        dtype=dtype,
        axis_name=axis_name,
        name=name,
    )(x)


def basic_block(
    x: jax.Array,
    width: int,
    *,
    stride: int,
    conv: Callable[..., jax.Array],
    norm: Callable[..., jax.Array],
    name: str,
) -> jax.Array:
    """Returns the residual block of two 3 x 3 (x 3) convolutions."""
    y = conv(x, width, kernel=3, stride=stride, padding=1, name=f"{name}_conv1")
    y = nn.relu(norm(y, name=f"{name}_bn1"))
    y = conv(y, width, kernel=3, padding=1, name=f"{name}_conv2")
    y = norm(y, name=f"{name}_bn2")
    return nn.relu(
        y + shortcut(x, width, stride=stride, conv=conv, norm=norm, name=name)
    )


def shortcut(
    x: jax.Array,
    width: int,
    *,
    stride: int,
    conv: Callable[..., jax.Array],
    norm: Callable[..., jax.Array],
    name: str,
) -> jax.Array:
    """Returns `x`, projected if the shape changes: option B of He et al."""
    if stride == 1 and x.shape[-1] == width:
        return x
    x = conv(x, width, kernel=1, stride=stride, name=f"{name}_downsample_0")
    return norm(x, name=f"{name}_downsample_1")


class PReLU(nn.Module):
    r"""PReLU: :math:`\max(0, x) + a \min(0, x)` with one learned a per channel.

    Reference:
        He et al., Delving Deep into Rectifiers, ICCV 2015, Eq. (1).
    """

    dtype: DTypeLike

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Returns the activations."""
        scale = self.param("scale", nn.initializers.constant(0.25), x.shape[-1:])
        x, scale = x.astype(self.dtype), scale.astype(self.dtype)
        return jnp.where(x > 0, x, jnp.expand_dims(scale, range(x.ndim - 1)) * x)
