"""Residual networks for video."""

from collections.abc import Sequence
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_clips, check_counts
from adrjax.backbones._max_pool import max_pool


class ResNet3D(nn.Module):
    """3D ResNet for video: 3 x 3 x 3 convolutions, four stages of 64 to 512 channels.

    Attributes:
        blocks: The number of blocks of each stage.
        dropout: The dropout rate of the features in training.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Hara et al., Learning Spatio-Temporal Features with 3D Residual Networks for
        Action Recognition, ICCV Workshops 2017, Table 1. Projections, dropout, layer
        names and initializers are from models/Resnet3D.py of
        github.com/xp-ji/DOGV-ST3D, whose clips have three channels.
    """

    blocks: Sequence[int]
    dropout: float = 0.5
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of clips.

        Args:
            x: Normalized clips, `[batch, time, height, width, channels]`.
            train: Whether to apply dropout, and whether batch norm uses the batch and
                not the running statistics.

        Returns:
            Features, `[batch, 512]`.

        Raises:
            TypeError: If the clips are not floating.
            ValueError: If the clips have another shape, or an attribute is below 1.
        """
        check_counts(blocks=self.blocks)
        x = check_clips(x)
        conv = functools.partial(
            _layers.conv,
            use_bias=False,
            kernel_init=_initializers.fan_out_normal,
            dtype=self.dtype,
        )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        x = conv(x, 64, kernel=7, stride=(1, 2, 2), padding=3, name="conv1")
        x = nn.relu(norm(x, name="bn1"))
        x = max_pool(x, kernel=3, stride=(1, 2, 2), padding=(1, 1))
        for stage, blocks in enumerate(self.blocks):
            for i in range(blocks):
                x = _layers.basic_block(
                    x,
                    64 * 2**stage,
                    stride=2 if stage > 0 and i == 0 else 1,
                    conv=conv,
                    norm=norm,
                    name=f"layer{stage + 1}_{i}",
                )
        x = x.mean(axis=(1, 2, 3))
        return _layers.dropout(x, self.dropout, train=train)


ResNet3D34 = functools.partial(ResNet3D, blocks=(3, 4, 6, 3))
