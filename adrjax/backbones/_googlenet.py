"""GoogLeNet."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool

_MODULES = {  # Table 1 of the paper; None is a max-pool of stride 2
    # 1 x 1, 3 x 3 reduce, 3 x 3, 5 x 5 reduce, 5 x 5, pool proj
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "pool3": None,
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "pool4": None,
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNet(nn.Module):
    """GoogLeNet (Inception v1): nine inception modules without batch norm.

    It has no auxiliary classifiers. Torchvision's GoogLeNet is another network: it has
    batch norm, and 3 x 3 convolutions in place of 5 x 5.

    Attributes:
        dropout: The dropout rate of the features in training.
        dtype: The compute precision; parameters are float32.

    Reference:
        Szegedy et al., Going Deeper with Convolutions, CVPR 2015, Table 1. Layer names,
        initializers and the local response normalization are from
        models/bvlc_googlenet of github.com/BVLC/caffe.
    """

    dropout: float = 0.4
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, height, width, channels]`.
            train: Whether to apply dropout.

        Returns:
            Features, `[batch, 1024]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape or are too small.
        """
        x = check_images(x, min_size=32)
        pool = functools.partial(max_pool, kernel=3)
        respond = functools.partial(_layers.local_response_norm, size=5, alpha=1e-4)

        def conv(x, width, *, kernel, stride=1, name):
            return nn.relu(
                _layers.conv(
                    x,
                    width,
                    kernel=kernel,
                    stride=stride,
                    padding=kernel // 2,
                    kernel_init=_initializers.xavier,
                    bias_init=nn.initializers.constant(0.2),
                    dtype=self.dtype,
                    name=name,
                )
            )

        # Caffe's pools keep the last, incomplete window.
        x = conv(x, 64, kernel=7, stride=2, name="conv1_7x7_s2")
        x = respond(pool(x, padding=(0, 1)))
        x = conv(x, 64, kernel=1, name="conv2_3x3_reduce")
        x = conv(x, 192, kernel=3, name="conv2_3x3")
        x = pool(respond(x), padding=(0, 1))
        for module, widths in _MODULES.items():
            if widths is None:
                x = pool(x, padding=(0, 1))
                continue
            one, three_reduce, three, five_reduce, five, projected = widths
            name = f"inception_{module}"
            y = conv(x, three_reduce, kernel=1, name=f"{name}_3x3_reduce")
            z = conv(x, five_reduce, kernel=1, name=f"{name}_5x5_reduce")
            pooled = pool(x, stride=1, padding=(1, 1))
            branches = [
                conv(x, one, kernel=1, name=f"{name}_1x1"),
                conv(y, three, kernel=3, name=f"{name}_3x3"),
                conv(z, five, kernel=5, name=f"{name}_5x5"),
                conv(pooled, projected, kernel=1, name=f"{name}_pool_proj"),
            ]
            x = jnp.concatenate(branches, axis=-1)
        x = x.mean(axis=(1, 2))
        return _layers.dropout(x, self.dropout, train=train)
