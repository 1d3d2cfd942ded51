"""Checks of images and of the attributes of networks."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _checks


def check_images(
    x: ArrayLike, *, size: int | tuple[int, int] | None = None, min_size: int = 1
) -> jax.Array:
    """Returns floating images `[batch, height, width, channels]`.

    Args:
        x: The input of a network.
        size: The height and width, if they are fixed; one number for squares.
        min_size: The smallest height and width.
    """
    x = _check_floating(x)
    size = (size, size) if isinstance(size, int) else size
    if x.ndim != 4 or (size is not None and x.shape[1:3] != size):
        sides = "height, width" if size is None else f"{size[0]}, {size[1]}"
        raise ValueError(
            f"images must be [batch, {sides}, channels], got shape {x.shape}"
        )
    if min(x.shape[1:3]) < min_size:
        raise ValueError(
            f"images must be at least {min_size} x {min_size} pixels, got shape "
            f"{x.shape}"
        )
    return _check_channels(x)


def check_clips(x: ArrayLike) -> jax.Array:
    """Returns floating clips `[batch, time, height, width, channels]`."""
    x = _check_floating(x)
    if x.ndim != 5 or min(x.shape[1:4]) < 1:
        raise ValueError(
            f"clips must be [batch, time, height, width, channels], got shape {x.shape}"
        )
    return _check_channels(x)


def check_counts(**counts: int | Sequence[int]) -> None:
    """Raises an error if an attribute of a network is not an integer above 0."""
    for name, value in counts.items():
        for n in value if isinstance(value, Sequence) else (value,):
            _checks.count(name, n, low=1)


def check_depth(depth: int, *, fixed: int, examples: str) -> int:
    """Returns the blocks of each of three stages, n of depth = 6 n + fixed."""
    check_counts(depth=depth)
    blocks, rest = divmod(depth - fixed, 6)
    if blocks < 1 or rest:
        raise ValueError(
            f"depth must be 6 n + {fixed} with n >= 1, such as {examples}, got {depth}"
        )
    return blocks


def _check_floating(x: ArrayLike) -> jax.Array:
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise TypeError(
            f"images must be floating, got {x.dtype} of shape {x.shape}; "
            "normalize them first, for example by (images / 255 - mean) / std"
        )
    return x


def _check_channels(x: jax.Array) -> jax.Array:
    if x.shape[-1] < 1:
        raise ValueError(f"images must have at least one channel, got shape {x.shape}")
    return x
