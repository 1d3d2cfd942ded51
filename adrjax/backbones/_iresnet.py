"""Insightface's residual networks for faces."""

from collections.abc import Sequence
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_counts, check_images


class IResNet(nn.Module):
    """IResNet of ArcFace: four stages of 64 to 512 channels, 512 features.

    Attributes:
        blocks: The number of blocks of each stage.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition,
        CVPR 2019, Section 3.1. Layer names and initializers are from
        recognition/arcface_torch/backbones/iresnet.py of
        github.com/deepinsight/insightface. The scale of its last batch norm is fixed at
        1 and not a parameter here: `load_torch(..., ignore=["features.weight"])`.
    """

    blocks: Sequence[int]
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 112, 112, channels]`.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, 512]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape, or an attribute is below 1.
        """
        check_counts(blocks=self.blocks)
        x = check_images(x, size=112)
        conv = functools.partial(
            _layers.conv,
            use_bias=False,
            kernel_init=nn.initializers.normal(0.1),
            dtype=self.dtype,
        )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )
        prelu = functools.partial(_layers.PReLU, dtype=self.dtype)

        x = norm(conv(x, 64, kernel=3, padding=1, name="conv1"), name="bn1")
        x = prelu(name="prelu")(x)
        for stage, blocks in enumerate(self.blocks):
            width = 64 * 2**stage
            for i in range(blocks):
                name = f"layer{stage + 1}_{i}"
                stride = 2 if i == 0 else 1
                y = norm(x, name=f"{name}_bn1")
                y = conv(y, width, kernel=3, padding=1, name=f"{name}_conv1")
                y = prelu(name=f"{name}_prelu")(norm(y, name=f"{name}_bn2"))
                y = conv(
                    y, width, kernel=3, stride=stride, padding=1, name=f"{name}_conv2"
                )
                y = norm(y, name=f"{name}_bn3")
                x = y + _layers.shortcut(
                    x, width, stride=stride, conv=conv, norm=norm, name=name
                )
        x = _layers.flatten(norm(x, name="bn2"))
        x = _layers.dense(x, 512, dtype=self.dtype, name="fc")
        return norm(x, use_scale=False, name="features")


IResNet18 = functools.partial(IResNet, blocks=(2, 2, 2, 2))
IResNet34 = functools.partial(IResNet, blocks=(3, 4, 6, 3))
IResNet50 = functools.partial(IResNet, blocks=(3, 4, 14, 3))
IResNet100 = functools.partial(IResNet, blocks=(3, 13, 30, 3))
