"""Densely connected networks."""

from collections.abc import Sequence
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


class DenseNet(nn.Module):
    """DenseNet: each layer of a block takes the outputs of all layers before it.

    Attributes:
        blocks: The number of layers of each block.
        growth: The channels that a layer adds.
        stem: "imagenet", 7 x 7 of stride 2, or "cifar", 3 x 3 of stride 1.
        pool: Whether a max-pool of stride 2 follows the stem. POD prints the stem for
            small images of its ResNet-50 only (Section 4, before 4.1).
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Huang et al., Densely Connected Convolutional Networks, CVPR 2017, Table 1. The
        layer names and initializers are torchvision's.
    """

    blocks: Sequence[int]
    growth: int
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
            Features, `[batch, 1024]` for DenseNet-121.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape or are too small, a number is
                below 1, or `stem` is unknown.
        """
        check_counts(blocks=self.blocks, growth=self.growth)
        halvings = 3 + (self.stem == "imagenet") + self.pool
        x = check_images(x, min_size=2**halvings)
        init = {"kernel_init": _initializers.fan_in_normal, "dtype": self.dtype}
        conv = functools.partial(_layers.conv, use_bias=False, **init)
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        width = 2 * self.growth
        x = _layers.stem_conv(x, width, stem=self.stem, name="features_conv0", **init)
        x = nn.relu(norm(x, name="features_norm0"))
        if self.pool:
            x = max_pool(x, kernel=3, padding=(1, 1))
        for block, layers in enumerate(self.blocks, start=1):
            if block > 1:
                name = f"features_transition{block - 1}"
                x = nn.relu(norm(x, name=f"{name}_norm"))
                x = conv(x, x.shape[-1] // 2, kernel=1, name=f"{name}_conv")
                x = _layers.sum_pool(x, kernel=2, stride=2) / 4
            for layer in range(1, layers + 1):
                name = f"features_denseblock{block}_denselayer{layer}"
                y = nn.relu(norm(x, name=f"{name}_norm1"))
                y = conv(y, 4 * self.growth, kernel=1, name=f"{name}_conv1")
                y = nn.relu(norm(y, name=f"{name}_norm2"))
                y = conv(y, self.growth, kernel=3, padding=1, name=f"{name}_conv2")
                x = jnp.concatenate([x, y], axis=-1)
        return nn.relu(norm(x, name="features_norm5")).mean(axis=(1, 2))


DenseNet121 = functools.partial(DenseNet, blocks=(6, 12, 24, 16), growth=32)
