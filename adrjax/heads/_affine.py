"""The affine map of `Linear` and `Embedding`."""

import flax.linen as nn
from flax.typing import Initializer
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from adrjax import _initializers


def affine(
    module: nn.Module,
    features: jax.Array,
    width: int,
    *,
    kernel_init: Initializer,
    bias_init: Initializer | None,
    dtype: DTypeLike,
) -> jax.Array:
    """Returns :math:`W f + b`, float32, by the parameters `kernel` and `bias`."""
    fan_in = features.shape[-1]
    bias_init = bias_init or _initializers.bias_uniform(fan_in)
    kernel = module.param("kernel", kernel_init, (fan_in, width))
    bias = module.param("bias", bias_init, (width,))
    products = jnp.matmul(
        features.astype(dtype),
        kernel.astype(dtype),
        preferred_element_type=jnp.float32,
    )
    return products + jnp.expand_dims(bias, range(products.ndim - 1))
