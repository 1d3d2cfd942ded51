"""What every backbone asks of its input."""

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike


def images(
    x: ArrayLike, *, size: int | tuple[int, int] | None = None, least: int = 1
) -> jax.Array:
    """Returns floating images `[batch, height, width, channels]`.

    Args:
        x: What came.
        size: Their height and width, if they are fixed; one number for squares.
        least: The smallest height and width.
    """
    x = _floating(x)
    size = (size, size) if isinstance(size, int) else size
    if x.ndim != 4 or (size is not None and x.shape[1:3] != size):
        sides = "height, width" if size is None else f"{size[0]}, {size[1]}"
        raise ValueError(
            f"images must be [batch, {sides}, channels], got shape {x.shape}"
        )
    if min(x.shape[1:3]) < least:
        raise ValueError(
            f"images must be at least {least} x {least} pixels, got shape {x.shape}"
        )
    return x


def clips(x: ArrayLike) -> jax.Array:
    """Returns floating clips `[batch, time, height, width, channels]`."""
    x = _floating(x)
    if x.ndim != 5:
        raise ValueError(
            f"clips must be [batch, time, height, width, channels], got shape {x.shape}"
        )
    return x


def _floating(x):
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(
            f"images must be floating, got {x.dtype} of shape {x.shape}; "
            "normalize them first, for example by (images / 255 - mean) / std"
        )
    return x
