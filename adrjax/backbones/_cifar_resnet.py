"""Residual networks for CIFAR."""

import functools
from typing import Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_depth, check_images


class CifarResNet(nn.Module):
    """ResNet for CIFAR: three stages of 16, 32 and 64 channels, 64 features.

    GR's networks of these depths are
    `CifarResNet44(shortcut="projection", use_bias=True)` and the like.

    Attributes:
        depth: The layers with weights, the classifier among them: 6 n + 2 for n blocks
            a stage.
        shortcut: How a shortcut changes the shape: by `"padding"` with zeros, option A
            of the paper, or by a `"projection"`, option B: a 1 x 1 convolution and
            batch norm.
        use_bias: Whether convolutions have biases, which start at 0.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016, Section 4.2.
        The layer names are from github.com/akamaster/pytorch_resnet_cifar10.
    """

    depth: int
    shortcut: Literal["padding", "projection"] = "padding"
    use_bias: bool = False
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, 32 x 32 in CIFAR.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, `depth` is not 6 n + 2, or
                there is no such `shortcut`.
        """
        x = check_images(x)
        _checks.one_of("shortcut", self.shortcut, ("padding", "projection"))
        blocks = check_depth(self.depth, fixed=2, examples="20 or 56")
        conv = functools.partial(
            _layers.conv,
            use_bias=self.use_bias,
            dtype=self.dtype,
            kernel_init=_initializers.fan_out_normal,
            bias_init=nn.initializers.zeros,
        )
        conv3 = functools.partial(conv, kernel=3, padding=1)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        x = nn.relu(norm(conv3(x, 16, name="conv1"), name="bn1"))
        for stage, width in enumerate((16, 32, 64), start=1):
            for block in range(blocks):
                stride = 2 if stage > 1 and block == 0 else 1
                name = f"layer{stage}_{block}"
                y = conv3(x, width, stride=stride, name=f"{name}_conv1")
                y = nn.relu(norm(y, name=f"{name}_bn1"))
                y = norm(conv3(y, width, name=f"{name}_conv2"), name=f"{name}_bn2")
                if self.shortcut == "projection" and stride > 1:
                    name = f"{name}_shortcut"
                    x = conv(x, width, kernel=1, stride=stride, name=f"{name}_0")
                    x = norm(x, name=f"{name}_1")
                else:
                    x = _padded(x, width, stride)
                x = nn.relu(y + x)
        return x.mean(axis=(1, 2))


def _padded(x: jax.Array, width: int, stride: int) -> jax.Array:
    # Not in the paper: the zeros are half before and half after the old channels.
    zeros = (width - x.shape[-1]) // 2
    return jnp.pad(x[:, ::stride, ::stride], ((0, 0), (0, 0), (0, 0), (zeros, zeros)))


CifarResNet20 = functools.partial(CifarResNet, depth=20)
CifarResNet32 = functools.partial(CifarResNet, depth=32)
CifarResNet44 = functools.partial(CifarResNet, depth=44)
CifarResNet56 = functools.partial(CifarResNet, depth=56)
CifarResNet110 = functools.partial(CifarResNet, depth=110)
