"""Caffe's two networks for CIFAR-10."""

from collections.abc import Callable
import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax.backbones import _layers
from adrjax.backbones._inputs import check_images
from adrjax.backbones._max_pool import max_pool


class Cifar10Quick(nn.Module):
    """Caffe's CIFAR-10 "quick": three convolutions and a linear layer, 64 features.

    Attributes:
        dtype: The compute precision; parameters are float32.

    Reference:
        examples/cifar10/cifar10_quick_train_test.prototxt of github.com/BVLC/caffe,
        the source of layer names and initializers.
    """

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 32, 32, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 64]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = _layers.flatten(_maps(check_images(x, size=32), lambda x: x, self.dtype))
        return _layers.dense(
            x,
            64,
            kernel_init=nn.initializers.normal(0.1),
            bias_init=nn.initializers.zeros,
            dtype=self.dtype,
            name="ip1",
        )


class Cifar10Full(nn.Module):
    """Caffe's CIFAR-10 "full": three convolutions with local response norm.

    Attributes:
        dtype: The compute precision; parameters are float32.

    Reference:
        examples/cifar10/cifar10_full_train_test.prototxt of github.com/BVLC/caffe,
        the source of layer names and initializers.
    """

    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: ArrayLike, *, train: bool) -> jax.Array:
        """Returns the features of images.

        Args:
            x: Normalized images, `[batch, 32, 32, channels]`.
            train: Unused; the network is the same in training and evaluation.

        Returns:
            Features, `[batch, 1024]`.

        Raises:
            TypeError: If the images are not floating.
            ValueError: If the images have another shape.
        """
        x = check_images(x, size=32)
        return _layers.flatten(_maps(x, _local_response_norm, self.dtype))


def _maps(
    x: jax.Array, respond: Callable[[jax.Array], jax.Array], dtype: DTypeLike
) -> jax.Array:
    def conv(x, width, std, name):
        return _layers.conv(
            x,
            width,
            kernel=5,
            padding=2,
            kernel_init=nn.initializers.normal(std),
            bias_init=nn.initializers.zeros,
            dtype=dtype,
            name=name,
        )

    # Caffe's pools keep the last, incomplete window.
    x = max_pool(conv(x, 32, 1e-4, "conv1"), kernel=3, padding=(0, 1))
    x = respond(nn.relu(x))
    x = respond(_average_pool(nn.relu(conv(x, 32, 0.01, "conv2"))))
    return _average_pool(nn.relu(conv(x, 64, 0.01, "conv3")))


def _average_pool(x: jax.Array) -> jax.Array:
    pool = functools.partial(_layers.sum_pool, kernel=3, stride=2, padding=(0, 1))
    return pool(x) / pool(jnp.ones_like(x[:1]))


def _local_response_norm(x: jax.Array) -> jax.Array:
    # Over the 3 x 3 neighbors in the same channel.
    squares = _layers.sum_pool(x * x, kernel=3, stride=1, padding=(1, 1))
    return x / (1 + 5e-5 / 9 * squares) ** 0.75
