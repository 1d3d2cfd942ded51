"""Residual networks."""

from collections.abc import Callable, Sequence
import functools
from typing import Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_images
from adrjax.backbones._max_pool import max_pool


class ResNet(nn.Module):
    """ResNet: four stages of 64 to 512 channels, or four times as many in bottlenecks.

    As in torchvision, the stride of a bottleneck is in its 3 x 3 convolution.

    Attributes:
        blocks: The number of blocks of each stage.
        bottleneck: Whether blocks have 1 x 1, 3 x 3 and 1 x 1 convolutions, and not two
            of 3 x 3.
        stem: "imagenet", 7 x 7 of stride 2, or "cifar", 3 x 3 of stride 1.
        pool: Whether a max-pool of stride 2 follows the stem. POD (Section 4, before
            4.1) uses `stem="cifar"` for small images, without the pool for 32 x 32
            pixels and with it for 64 x 64.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        He et al., Deep Residual Learning for Image Recognition, CVPR 2016, Table 1.
        Layer names and initializers are torchvision's.
    """

    blocks: Sequence[int]
    bottleneck: bool
    stem: Literal["imagenet", "cifar"] = "imagenet"
    pool: bool = True
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, 512]`, or `[batch, 2048]` with bottlenecks.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, a number of blocks is below 1,
                or `stem` is unknown.
        """
        check_counts(blocks=self.blocks)
        x = check_images(x)
        init = {"kernel_init": _initializers.fan_out_normal, "dtype": self.dtype}
        conv = functools.partial(_layers.conv, use_bias=False, **init)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )
        block = _bottleneck if self.bottleneck else _layers.basic_block

        x = _layers.stem_conv(x, 64, stem=self.stem, name="conv1", **init)
        x = nn.relu(norm(x, name="bn1"))
        if self.pool:
            x = max_pool(x, kernel=3, padding=(1, 1))
        for stage, blocks in enumerate(self.blocks):
            for i in range(blocks):
                x = block(
                    x,
                    64 * 2**stage,
                    stride=2 if stage > 0 and i == 0 else 1,
                    conv=conv,
                    norm=norm,
                    name=f"layer{stage + 1}_{i}",
                )
        return x.mean(axis=(1, 2))


def _bottleneck(
    x: jax.Array,
    width: int,
    *,
    stride: int,
    conv: Callable[..., jax.Array],
    norm: Callable[..., jax.Array],
    name: str,
) -> jax.Array:
    y = nn.relu(
        norm(conv(x, width, kernel=1, name=f"{name}_conv1"), name=f"{name}_bn1")
    )
    y = conv(y, width, kernel=3, stride=stride, padding=1, name=f"{name}_conv2")
    y = nn.relu(norm(y, name=f"{name}_bn2"))
    y = norm(conv(y, 4 * width, kernel=1, name=f"{name}_conv3"), name=f"{name}_bn3")
    x = _layers.shortcut(x, 4 * width, stride=stride, conv=conv, norm=norm, name=name)
    return nn.relu(y + x)


ResNet18 = functools.partial(ResNet, blocks=(2, 2, 2, 2), bottleneck=False)
ResNet34 = functools.partial(ResNet, blocks=(3, 4, 6, 3), bottleneck=False)
ResNet50 = functools.partial(ResNet, blocks=(3, 4, 6, 3), bottleneck=True)
ResNet101 = functools.partial(ResNet, blocks=(3, 4, 23, 3), bottleneck=True)
ResNet152 = functools.partial(ResNet, blocks=(3, 8, 36, 3), bottleneck=True)
