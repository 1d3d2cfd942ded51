"""What every head asks of its input."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def features_of(x: ArrayLike, *, dim: int | None = None) -> jax.Array:
    """Returns floating features `[..., num_features]`, `dim` of them if it is given."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"features must be floating, got {x.dtype}")
    if x.ndim < 1:
        raise ValueError("features must be [..., num_features], got a scalar")
    if dim is not None and x.shape[-1] != dim:
        raise ValueError(f"features must be [..., {dim}], got shape {x.shape}")
    return x
