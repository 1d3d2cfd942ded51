"""Residual networks for CIFAR."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._images import images


class CifarResNet(nn.Module):
    """Three stages of 16, 32 and 64 channels, shortcuts without parameters.

    Attributes:
        depth: The layers with weights and the classifier, 6 n + 2 for n blocks a stage.
        dtype: The compute precision; parameters stay float32.
        axis_name: The device axis to take batch statistics over, in training.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016, Section 4.2,
        with the identity shortcuts of option A. The layer names are those of
        github.com/akamaster/pytorch_resnet_cifar10.
    """

    depth: int
    dtype: Any = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, 32 x 32 in CIFAR.
            train: Whether to normalize by the batch, not by the running statistics.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape, or there is no such depth.
        """
        x = images(x)
        blocks, rest = divmod(self.depth - 2, 6)
        if blocks < 1 or rest:
            raise ValueError(
                f"depth must be 6 n + 2, such as 20 or 56, got {self.depth}"
            )
        conv = functools.partial(
            _layers.conv,
            kernel=3,
            padding=1,
            use_bias=False,
            dtype=self.dtype,
            kernel_init=_initializers.fan_out_normal,
        )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        x = nn.relu(norm(conv(x, 16, name="conv1"), name="bn1"))
        for stage, width in enumerate((16, 32, 64), start=1):
            for block in range(blocks):
                stride = 2 if stage > 1 and block == 0 else 1
                name = f"layer{stage}_{block}"
                y = conv(x, width, stride=stride, name=f"{name}_conv1")
                y = nn.relu(norm(y, name=f"{name}_bn1"))
                y = norm(conv(y, width, name=f"{name}_conv2"), name=f"{name}_bn2")
                x = nn.relu(y + _shortcut(x, width, stride))
        return x.mean(axis=(1, 2))


def _shortcut(x, width, stride):
    # Which of the new channels are the zeros is not in the paper: half on either side.
    zeros = (width - x.shape[-1]) // 2
    return jnp.pad(x[:, ::stride, ::stride], ((0, 0), (0, 0), (0, 0), (zeros, zeros)))


CifarResNet20 = functools.partial(CifarResNet, depth=20)
CifarResNet32 = functools.partial(CifarResNet, depth=32)
CifarResNet44 = functools.partial(CifarResNet, depth=44)
CifarResNet56 = functools.partial(CifarResNet, depth=56)
CifarResNet110 = functools.partial(CifarResNet, depth=110)
