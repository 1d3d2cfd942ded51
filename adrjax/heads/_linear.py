"""The linear head."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from adrjax._base import Outputs
from adrjax.backbones import _initializers


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
    def __call__(self, features: jax.Array) -> Outputs:
        """Returns the features as they came, and their logits.

        Args:
            features: The output of a backbone, `[..., num_features]`.

        Returns:
            The features and float32 logits, `[..., num_classes]`.

        Raises:
            TypeError: If the features are not floating.
            ValueError: If the features have no axis.
        """
        if not jnp.issubdtype(jnp.result_type(features), jnp.floating):
            raise TypeError(f"features must be floating, got {features.dtype}")
        if features.ndim < 1:
            raise ValueError("features must be [..., num_features], got a scalar")
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
