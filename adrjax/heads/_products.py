"""Products and cosines whose factors may be in half precision."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike, DTypeLike

from adrjax import _checks, _vector_checks, margins
from adrjax._vectors import inner_products, inverse_norm


def products(features: jax.Array, weights: jax.Array, dtype: DTypeLike) -> jax.Array:
    """Returns products of vectors rounded to `dtype`, in float32 or better.

    A `dtype` of 32 bits or more rounds nothing.
    """
    if not _is_half(dtype):
        return inner_products(_checks.floating("features", features), weights)
    return inner_products(features.astype(dtype), weights.astype(dtype))


def cosines(features: ArrayLike, weights: ArrayLike, dtype: DTypeLike) -> jax.Array:
    """Returns cosines of vectors rounded to `dtype`, in float32 or better.

    The products alone are in half precision. The lengths are those of the rounded
    vectors, so the cosines are in [-1, 1] up to the rounding of float32.
    """
    if not _is_half(dtype):
        return margins.cosines(features, weights)
    features, weights = _vector_checks.features_and_rows(features, weights, "weights")
    x, w = features.astype(dtype), weights.astype(dtype)
    x_scale, w_scale = (inverse_norm(v.astype(jnp.float32)) for v in (x, w))
    scale = x_scale[..., None] * jnp.expand_dims(w_scale, range(x.ndim - 1))
    return inner_products(x, w) * scale


def _is_half(dtype: DTypeLike) -> bool:
    return jnp.finfo(dtype).bits < 32
