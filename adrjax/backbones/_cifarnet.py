"""CifarNet, the network of MentorNet's experiments on CIFAR."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool


class CifarNet(nn.Module):
    """CifarNet: two convolutions and two hidden layers, 192 features.

    MentorNet's code calls it "inception". The classifier starts with a truncated normal
    distribution of 1 / 192: `heads.Linear(10,
    kernel_init=nn.initializers.truncated_normal(1 / 192),
    bias_init=nn.initializers.zeros)`.

    Attributes:
        dropout: The dropout rate of the first hidden layer in training.
        dtype: The compute precision; parameters are float32.

    Reference:
        Jiang et al., MentorNet, ICML 2018: `cifarnet` in code/inception_model.py of
        github.com/google/mentornet, the source of layer names and initializers.
    """

    dropout: float = 0.2
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 32, 32, channels]`.
            train: Whether to apply dropout.

        Returns:
            Features, `[batch, 192]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=32)
        conv = functools.partial(
            _layers.conv,
            features=64,
            kernel=5,
            padding=2,
            kernel_init=nn.initializers.truncated_normal(0.05),
            bias_init=nn.initializers.zeros,
            dtype=self.dtype,
        )
        dense = functools.partial(
            _layers.dense,
            kernel_init=nn.initializers.truncated_normal(0.04),
            bias_init=nn.initializers.constant(0.1),
            dtype=self.dtype,
        )
        respond = functools.partial(_layers.local_response_norm, size=9, alpha=1e-3)

        x = respond(max_pool(nn.relu(conv(x, name="conv1"))))
        x = max_pool(respond(nn.relu(conv(x, name="conv2"))))
        x = nn.relu(dense(_layers.flatten(x), 384, name="fc3"))
        x = _layers.dropout(x, self.dropout, train=train)
        return nn.relu(dense(x, 192, name="fc4"))
