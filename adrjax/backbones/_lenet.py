"""Caffe's LeNet."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool


class LeNet(nn.Module):
    """LeNet in Caffe's form: two convolutions and a hidden layer, 500 features.

    Attributes:
        dtype: The compute precision; parameters are float32.

    Reference:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998, in
        the form of examples/mnist/lenet_train_test.prototxt of github.com/BVLC/caffe,
        the source of layer names and initializers.
    """

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 28, 28, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 500]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=28)
        init = {
            "kernel_init": _initializers.xavier,
            "bias_init": nn.initializers.zeros,
            "dtype": self.dtype,
        }
        conv = functools.partial(_layers.conv, kernel=5, **init)

        x = max_pool(conv(x, 20, name="conv1"))
        x = max_pool(conv(x, 50, name="conv2"))
        return nn.relu(_layers.dense(_layers.flatten(x), 500, name="ip1", **init))
