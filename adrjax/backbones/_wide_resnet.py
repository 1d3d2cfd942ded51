"""Wide residual networks for CIFAR."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_depth, check_images


class WideResNet(nn.Module):
    """Wide ResNet for CIFAR: pre-activation, groups of 16 k, 32 k and 64 k channels.

    Attributes:
        depth: The number of convolutions, 6 n + 4 for n blocks a group.
        widen: The widening factor k.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016, Table 1, without
        dropout. Layer names and initializers are from pytorch/resnet.py of
        github.com/szagoruyko/wide-residual-networks.
    """

    depth: int
    widen: int
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, 32 x 32 in CIFAR.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, 64 widen]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, `depth` is not 6 n + 4, or
                `widen` is below 1.
        """
        x = check_images(x)
        check_counts(widen=self.widen)
        blocks = check_depth(self.depth, fixed=4, examples="16 or 28")
        conv = functools.partial(
            _layers.conv,
            use_bias=False,
            kernel_init=_initializers.fan_in_normal,
            dtype=self.dtype,
        )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        x = conv(x, 16, kernel=3, padding=1, name="conv0")
        for group in range(3):
            width = 16 * 2**group * self.widen
            for block in range(blocks):
                name = f"group{group}_block{block}"
                stride = 2 if group > 0 and block == 0 else 1
                y = nn.relu(norm(x, name=f"{name}_bn0"))
                if block == 0:
                    x = conv(y, width, kernel=1, stride=stride, name=f"{name}_convdim")
                y = conv(
                    y, width, kernel=3, stride=stride, padding=1, name=f"{name}_conv0"
                )
                y = nn.relu(norm(y, name=f"{name}_bn1"))
                x += conv(y, width, kernel=3, padding=1, name=f"{name}_conv1")
        return nn.relu(norm(x, name="bn")).mean(axis=(1, 2))


WideResNet28x10 = functools.partial(WideResNet, depth=28, widen=10)
