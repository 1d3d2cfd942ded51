"""Inception with batch norm."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool

_MODULES = {  # 3c and 4e have stride 2, and a max-pool without a projection
    # 1 x 1, 3 x 3 reduce, 3 x 3, double 3 x 3 reduce, double 3 x 3, pool proj
    "3a": (64, 64, 64, 64, 96, 32),
    "3b": (64, 64, 96, 64, 96, 64),
    "3c": (None, 128, 160, 64, 96, None),
    "4a": (224, 64, 96, 96, 128, 128),
    "4b": (192, 96, 128, 96, 128, 128),
    "4c": (160, 128, 160, 128, 160, 128),
    "4d": (96, 128, 192, 160, 192, 128),
    "4e": (None, 128, 192, 192, 256, None),
    "5a": (352, 192, 320, 160, 224, 128),
    "5b": (352, 192, 320, 192, 224, 128),
}


class InceptionBN(nn.Module):
    """Inception-BN (Inception v2): ten inception modules with batch norm.

    Attributes:
        dtype: The compute precision; parameters are float32.
        axis_name: The device axis to average batch statistics over in training.

    Reference:
        Ioffe and Szegedy, Batch Normalization, ICML 2015, Appendix, as in the Caffe
        model with published weights: 4c and 4d project their pool to 128 channels, not
        96. The layer names are from bninception.py of
        github.com/Cadene/pretrained-models.pytorch.
    """

    dtype: DTypeLike = jnp.float32
    axis_name: str | None = None

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`, with sides of
                32 n - 1 to 32 n + 6 pixels, such as 224 or 227.
            train: Whether batch norm uses the batch, and not the running statistics.

        Returns:
            Features, `[batch, 1024]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape or size.
        """
        x = check_images(x, min_size=32)
        if any((side + 1) // 8 % 4 for side in x.shape[1:3]):
            raise ValueError(
                "images must have sides of 32 n - 1 to 32 n + 6, such as 224 or 227, "
                f"got shape {x.shape}"
            )
        norm = functools.partial(
            _layers.batch_norm,
            train=train,
            axis_name=self.axis_name,
            dtype=self.dtype,
        )

        def conv(x, width, *, kernel, stride=1, name):
            x = _layers.conv(
                x,
                width,
                kernel=kernel,
                stride=stride,
                padding=kernel // 2,
                dtype=self.dtype,
                name=name,
            )
            return nn.relu(norm(x, name=f"{name}_bn"))

        def halve(x):  # Caffe's pools keep the last, incomplete window.
            return max_pool(x, kernel=3, padding=(0, 1))

        x = halve(conv(x, 64, kernel=7, stride=2, name="conv1_7x7_s2"))
        x = conv(x, 64, kernel=1, name="conv2_3x3_reduce")
        x = halve(conv(x, 192, kernel=3, name="conv2_3x3"))
        for module, widths in _MODULES.items():
            one, three_reduce, three, double_reduce, double, projected = widths
            name = f"inception_{module}"
            stride = 1 if projected else 2
            y = conv(x, three_reduce, kernel=1, name=f"{name}_3x3_reduce")
            z = conv(x, double_reduce, kernel=1, name=f"{name}_double_3x3_reduce")
            z = conv(z, double, kernel=3, name=f"{name}_double_3x3_1")
            branches = [
                conv(y, three, kernel=3, stride=stride, name=f"{name}_3x3"),
                conv(z, double, kernel=3, stride=stride, name=f"{name}_double_3x3_2"),
            ]
            if projected:
                window = {"kernel": 3, "stride": 1, "padding": (1, 1)}
                if module == "5b":
                    pooled = max_pool(x, **window)
                else:
                    pooled = _layers.sum_pool(x, **window) / 9
                branches = [
                    conv(x, one, kernel=1, name=f"{name}_1x1"),
                    *branches,
                    conv(pooled, projected, kernel=1, name=f"{name}_pool_proj"),
                ]
            else:
                branches.append(halve(x))
            x = jnp.concatenate(branches, axis=-1)
        return x.mean(axis=(1, 2))
