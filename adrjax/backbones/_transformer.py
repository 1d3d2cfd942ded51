"""Layers of the transformers, with timm's names and initializers."""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike


def dense(
    x: jax.Array, features: int, *, bias: bool = True, dtype: DTypeLike, name: str
) -> jax.Array:
    """Returns a linear map of the last axis."""
    # timm truncates at +-2, which is 100 standard deviations.
    init = nn.initializers.normal(0.02)
    layer = nn.Dense(features, use_bias=bias, dtype=dtype, kernel_init=init, name=name)
    return layer(x)


def layer_norm(
    x: jax.Array, *, epsilon: float, dtype: DTypeLike, name: str
) -> jax.Array:
    """Returns `x` normalized over its last axis."""
    return nn.LayerNorm(
        epsilon=epsilon, use_fast_variance=False, dtype=dtype, name=name
    )(x)


def attention(
    x: jax.Array,
    heads: int,
    *,
    bias: jax.Array | None = None,
    dtype: DTypeLike,
    name: str,
) -> jax.Array:
    """Returns the self-attention within each window.

    Args:
        x: Tokens, `[batch, windows, tokens, dim]`.
        heads: The number of heads, which must divide the dimension.
        bias: Added to the logits, `[1 or windows, heads, tokens, tokens]`.
        dtype: The compute precision; the softmax is in float32.
        name: The prefix of the names of the layers `qkv` and `proj`.
    """
    dim = x.shape[-1]
    if dim % heads:
        raise ValueError(f"heads must divide the dimension {dim}, got heads={heads}")
    qkv = dense(x, 3 * dim, dtype=dtype, name=f"{name}_qkv")
    q, k, v = jnp.moveaxis(qkv.reshape(*x.shape[:-1], 3, heads, dim // heads), -3, 0)
    attend = functools.partial(jax.nn.dot_product_attention, bias=bias)
    y = jax.vmap(attend)(q, k, v).reshape(x.shape)
    return dense(y, dim, dtype=dtype, name=f"{name}_proj")


def mlp(x: jax.Array, *, dtype: DTypeLike, name: str) -> jax.Array:
    """Returns an MLP of each token, with 4 times as many hidden dimensions."""
    dim = x.shape[-1]
    y = nn.gelu(dense(x, 4 * dim, dtype=dtype, name=f"{name}_fc1"), approximate=False)
    return dense(y, dim, dtype=dtype, name=f"{name}_fc2")


def drop_path(x: jax.Array, rate: float, *, train: bool) -> jax.Array:
    """Stochastic depth: returns 0 for random examples in training."""
    axes = tuple(range(1, x.ndim))
    return nn.Dropout(rate, broadcast_dims=axes, deterministic=not train)(x)
