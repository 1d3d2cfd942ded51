"""The linear layer between backbone and head."""

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _initializers
from adrjax.heads._affine import affine
from adrjax.heads._features import check_features


class Embedding(nn.Module):
    r"""Linear layer :math:`W f + b`, a neck of `Classifier`: features of another width.

    It is FC1 of POD, whose head has fixed centroids of their own dimension:
    `Classifier(ResNet50(), Fixed(centroids), neck=Embedding(128))`.

    Attributes:
        dim: The number of new features.
        dtype: The compute precision, which is also that of the new features. The sum
            over features is in float32, and the parameters are float32.
        kernel_init: The initializer of the weights, `[num_features, dim]`.
        bias_init: The initializer of the bias; None for torch's.

    Reference:
        Zhu and Zu, A Softmax-free Loss Function Based on Predefined
        Optimal-distribution of Latent Features, Fig. 1.
    """

    dim: int
    dtype: DTypeLike = jnp.float32
    kernel_init: Initializer = _initializers.fan_in_uniform
    bias_init: Initializer | None = None

    @nn.compact
    def __call__(self, features: ArrayLike) -> jax.Array:
        """Returns the new features.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            Features, `[..., dim]`.

        Raises:
            TypeError: If the features are not floating, or `dim` is not an integer.
            ValueError: If the features have no axis, or `dim` is below 1.
        """
        features = check_features(features)
        dim = _checks.count("dim", self.dim, low=1)
        return affine(
            self,
            features,
            dim,
            kernel_init=self.kernel_init,
            bias_init=self.bias_init,
            dtype=self.dtype,
        ).astype(self.dtype)
