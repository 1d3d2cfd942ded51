"""AlexNet for CIFAR."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool


class AlexNet(nn.Module):
    """AlexNet for CIFAR: five convolutions without batch norm, 256 features.

    Attributes:
        dtype: The compute precision; parameters are float32.

    Reference:
        Krizhevsky, One weird trick for parallelizing convolutional neural networks,
        2014, without its hidden dense layers, as in models/cifar/alexnet.py of
        github.com/bearpaw/pytorch-classification. The layer names are from there.
    """

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 32, 32, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 256]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=32)
        conv = functools.partial(_layers.conv, dtype=self.dtype)

        x = conv(x, 64, kernel=11, stride=4, padding=5, name="features_0")
        x = max_pool(nn.relu(x))
        x = conv(x, 192, kernel=5, padding=2, name="features_3")
        x = max_pool(nn.relu(x))
        x = nn.relu(conv(x, 384, kernel=3, padding=1, name="features_6"))
        x = nn.relu(conv(x, 256, kernel=3, padding=1, name="features_8"))
        x = nn.relu(conv(x, 256, kernel=3, padding=1, name="features_10"))
        return max_pool(x).reshape(len(x), -1)
