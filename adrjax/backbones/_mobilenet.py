"""MobileNetV2."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images

STAGES = (  # t, c, n, s of the paper's Table 2
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class MobileNetV2(nn.Module):
    """MobileNetV2: 17 inverted residual blocks with linear bottlenecks.

    Attributes:
        dropout: The dropout rate of the features in training.
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, CVPR
        2018, Tables 1 and 2. Layer names, initializers and dropout are torchvision's.
    """

    dropout: float = 0.2
    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`.
            train: Whether to apply dropout, and whether batch norm uses the batch and
                not the running statistics.

        Returns:
            Features, `[batch, 1280]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x)
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

        def conv_norm_relu6(x, width, *, name, **shape):
            x = conv(x, width, name=f"{name}_0", **shape)
            return nn.relu6(norm(x, name=f"{name}_1"))

        first = {"kernel": 3, "stride": 2, "padding": 1}
        x = conv_norm_relu6(x, 32, name="features_0", **first)
        layer = 0
        for expansion, width, blocks, first_stride in STAGES:
            for i in range(blocks):
                layer += 1
                name = f"features_{layer}_conv"
                hidden = expansion * x.shape[-1]
                stride = first_stride if i == 0 else 1
                y, place = x, 0
                if expansion > 1:
                    y = conv_norm_relu6(y, hidden, kernel=1, name=f"{name}_0")
                    place = 1
                y = conv_norm_relu6(
                    y,
                    hidden,
                    kernel=3,
                    stride=stride,
                    padding=1,
                    groups=hidden,
                    name=f"{name}_{place}",
                )
                y = conv(y, width, kernel=1, name=f"{name}_{place + 1}")
                y = norm(y, name=f"{name}_{place + 2}")
                x = x + y if x.shape == y.shape else y
        x = conv_norm_relu6(x, 1280, kernel=1, name=f"features_{layer + 1}")
        x = x.mean(axis=(1, 2))
        return _layers.dropout(x, self.dropout, train=train)
