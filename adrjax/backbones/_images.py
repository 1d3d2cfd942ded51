"""What every backbone asks of its input."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def images(x: ArrayLike, *, size: int | None = None) -> jax.Array:
    """Returns floating images `[batch, height, width, channels]` with sides `size`."""
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(
            f"images must be floating, got {x.dtype} of shape {x.shape}; "
            "normalize them first, for example by (images / 255 - mean) / std"
        )
    if x.ndim != 4 or (size is not None and x.shape[1:3] != (size, size)):
        sides = "height, width" if size is None else f"{size}, {size}"
        raise ValueError(
            f"images must be [batch, {sides}, channels], got shape {x.shape}"
        )
    return x
