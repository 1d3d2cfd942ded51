"""LeNet, as Caffe has it."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _initializers
from adrjax.backbones import _layers
from adrjax.backbones._images import images


class LeNet(nn.Module):
    """Two convolutions and a hidden layer, 28 x 28 images to 500 features.

    Attributes:
        dtype: The compute precision; parameters stay float32.

    Reference:
        LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998, in
        the form of examples/mnist/lenet_train_test.prototxt of github.com/BVLC/caffe,
        whose layer names and first values these are.
    """

    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 28, 28, channels]`.
            train: Without effect: nothing here differs between training and not.

        Returns:
            Features, `[batch, 500]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=28)
        init = {
            "kernel_init": _initializers.xavier,
            "bias_init": nn.initializers.zeros,
            "dtype": self.dtype,
        }
        conv = functools.partial(_layers.conv, kernel=5, **init)

        x = _layers.max_pool(conv(x, 20, name="conv1"))
        x = _layers.max_pool(conv(x, 50, name="conv2"))
        return nn.relu(_layers.dense(_layers.flatten(x), 500, name="ip1", **init))
