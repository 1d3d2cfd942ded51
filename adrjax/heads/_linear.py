"""The linear head."""

from typing import Any

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax._base import Outputs
from adrjax.backbones import _initializers
from adrjax.heads._features import features_of


class Linear(nn.Module):
    r"""A linear map of the features, :math:`z = W f + b`.

    Attributes:
        num_classes: The number of classes.
        dtype: The precision of the factors; they are summed in float32, and the
            parameters stay float32.
    """

    num_classes: int
    dtype: Any = jnp.float32

    @nn.compact
    def __call__(self, features: ArrayLike) -> Outputs:
        """Returns the features as they came, and their logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 logits, `[..., num_classes]`.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features have no axis.
        """
        features = features_of(features)
        fan_in = features.shape[-1]
        kernel = self.param(
            "kernel", _initializers.fan_in_uniform, (fan_in, self.num_classes)
        )
        bias = self.param(
            "bias", _initializers.bias_uniform(fan_in), (self.num_classes,)
        )
        logits = jnp.matmul(
            features.astype(self.dtype),
            kernel.astype(self.dtype),
            preferred_element_type=jnp.float32,
        )
        return Outputs(features, logits + bias)
