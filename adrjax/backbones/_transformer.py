"""The parts of transformers, with timm's names and first values."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp


def dense(
    x: jax.Array, features: int, *, bias: bool = True, dtype: Any, name: str
) -> jax.Array:
    """Returns a linear map of the last axis."""
    # timm's truncated normal ends at 100 standard deviations.
    init = nn.initializers.normal(0.02)
    return nn.Dense(features, use_bias=bias, dtype=dtype, kernel_init=init, name=name)(
        x
    )


def layer_norm(x: jax.Array, *, epsilon: float, dtype: Any, name: str) -> jax.Array:
    """Returns `x` normalized over its last axis."""
    return nn.LayerNorm(
        epsilon=epsilon, use_fast_variance=False, dtype=dtype, name=name
    )(x)


def attention(
    x: jax.Array, heads: int, *, bias: jax.Array | None = None, dtype: Any, name: str
) -> jax.Array:
    """Returns the attention of the tokens of each window to one another.

    Args:
        x: Tokens, `[batch, windows, tokens, dim]`.
        heads: Into how many parts the dimension is split.
        bias: What is added to the logits, `[1 or windows, heads, tokens, tokens]`.
        dtype: The compute precision; the softmax is in float32.
        name: That of the layers `qkv` and `proj` begins with it.
    """
    dim = x.shape[-1]
    qkv = dense(x, 3 * dim, dtype=dtype, name=f"{name}_qkv")
    q, k, v = jnp.moveaxis(qkv.reshape(*x.shape[:-1], 3, heads, dim // heads), -3, 0)
    attend = functools.partial(jax.nn.dot_product_attention, bias=bias)
    y = jax.vmap(attend)(q, k, v).reshape(x.shape)
    return dense(y, dim, dtype=dtype, name=f"{name}_proj")


def mlp(x: jax.Array, *, dtype: Any, name: str) -> jax.Array:
    """Returns a map of each token through four times as many dimensions."""
    dim = x.shape[-1]
    y = nn.gelu(dense(x, 4 * dim, dtype=dtype, name=f"{name}_fc1"), approximate=False)
    return dense(y, dim, dtype=dtype, name=f"{name}_fc2")


def drop_path(x: jax.Array, rate: float, *, train: bool) -> jax.Array:
    """Returns 0 for some of the examples in training: stochastic depth."""
    axes = tuple(range(1, x.ndim))
    return nn.Dropout(rate, broadcast_dims=axes, deterministic=not train)(x)
