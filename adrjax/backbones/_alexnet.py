"""AlexNet for CIFAR."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones import _layers
from adrjax.backbones._images import images


class AlexNet(nn.Module):
    """Five convolutions without batch norm, 32 x 32 images to 256 features.

    Attributes:
        dtype: The compute precision; parameters stay float32.

    Reference:
        Krizhevsky, One weird trick for parallelizing convolutional neural networks,
        2014, without its hidden dense layers, as in models/cifar/alexnet.py of
        github.com/bearpaw/pytorch-classification, whose layer names these are.
    """

    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 32, 32, channels]`.
            train: Without effect: nothing here differs between training and not.

        Returns:
            Features, `[batch, 256]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=32)
        conv = functools.partial(_layers.conv, dtype=self.dtype)

        x = conv(x, 64, kernel=11, stride=4, padding=5, name="features_0")
        x = _layers.max_pool(nn.relu(x))
        x = conv(x, 192, kernel=5, padding=2, name="features_3")
        x = _layers.max_pool(nn.relu(x))
        x = nn.relu(conv(x, 384, kernel=3, padding=1, name="features_6"))
        x = nn.relu(conv(x, 256, kernel=3, padding=1, name="features_8"))
        x = nn.relu(conv(x, 256, kernel=3, padding=1, name="features_10"))
        return _layers.max_pool(x).reshape(len(x), -1)
