"""A small CNN for scikit-learn's digits."""

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones._inputs import check_images
from adrjax.backbones._layers import conv, dense
from adrjax.backbones._max_pool import max_pool


class DigitsCNN(nn.Module):
    """CNN for scikit-learn's digits: two convolutions and a hidden layer, 64 features.

    Not in the papers. It trains in seconds on a CPU.

    Attributes:
        dtype: The compute precision; parameters are float32.
    """

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 8, 8, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=8)
        x = nn.relu(conv(x, 32, kernel=3, padding=1, dtype=self.dtype, name="conv1"))
        x = nn.relu(conv(x, 64, kernel=3, padding=1, dtype=self.dtype, name="conv2"))
        x = max_pool(x)
        x = x.reshape(len(x), -1)
        return nn.relu(dense(x, 64, dtype=self.dtype, name="fc1"))
