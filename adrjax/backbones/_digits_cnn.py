"""A small network for small digits."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax.backbones._images import images
from adrjax.backbones._layers import conv, dense, max_pool


class DigitsCNN(nn.Module):
    """Two convolutions and a hidden layer, 8 x 8 images to 64 features.

    Not in the papers; it trains in seconds on a CPU.

    Attributes:
        dtype: The compute precision; parameters stay float32.
    """

    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 8, 8, channels]`.
            train: Without effect: nothing here differs between training and not.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images are of another shape.
        """
        x = images(x, size=8)
        x = nn.relu(conv(x, 32, kernel=3, padding=1, dtype=self.dtype, name="conv1"))
        x = nn.relu(conv(x, 64, kernel=3, padding=1, dtype=self.dtype, name="conv2"))
        x = max_pool(x)
        x = x.reshape(len(x), -1)
        return nn.relu(dense(x, 64, dtype=self.dtype, name="fc1"))
