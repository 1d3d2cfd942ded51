"""The input check that all heads share."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def check_features(x: ArrayLike, *, dim: int | None = None) -> jax.Array:
    """Returns floating features `[..., num_features]`; `dim` fixes `num_features`."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(f"features must be floating, got {x.dtype}")
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(
            "features must be [..., num_features] with num_features >= 1, got shape "
            f"{x.shape}"
        )
    if dim is not None and x.shape[-1] != dim:
        raise ValueError(f"features must be [..., {dim}], got shape {x.shape}")
    return x
