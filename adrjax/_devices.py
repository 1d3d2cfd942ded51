"""Collectives of `jax.lax` that do nothing if `axis_name` is None.

The devices of an axis hold parts of a batch, or of the classes of its logits.
"""

import jax
import jax.numpy as jnp


def psum(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the sum over the devices."""
    return x if axis_name is None else jax.lax.psum(x, axis_name)


def pmax(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the maximum over the devices."""
    return x if axis_name is None else jax.lax.pmax(x, axis_name)


def pmin(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the minimum over the devices."""
    return x if axis_name is None else jax.lax.pmin(x, axis_name)


def axis_size(axis_name: str | None) -> int:
    """Returns the number of devices."""
    return 1 if axis_name is None else jax.lax.axis_size(axis_name)


def axis_offset(size: int, axis_name: str | None) -> jax.Array | int:
    """Returns the index of this device's first element, with `size` on each device."""
    return 0 if axis_name is None else size * jax.lax.axis_index(axis_name)


def all_gather(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the first axes of all devices, concatenated."""
    return x if axis_name is None else jax.lax.all_gather(x, axis_name, tiled=True)


def all_gather_invariant(x: jax.Array, axis_name: str) -> jax.Array:
    """Returns the last axes of all devices, concatenated.

    It is a `psum`, whose result is invariant over the axis for the type check of
    `shard_map`; the result of an `all_gather` is not.
    """
    devices = axis_size(axis_name)
    is_here = jnp.arange(devices)[:, None] == jax.lax.axis_index(axis_name)
    gathered = jax.lax.psum(jnp.where(is_here, x[..., None, :], 0), axis_name)
    return gathered.reshape(*x.shape[:-1], devices * x.shape[-1])


def pvary(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns a value that is equal on all devices as one that varies over them.

    `shard_map` with `check_vma=True` differentiates an invariant value once, and a
    varying value, such as a loss to be averaged over the devices, on each device.
    """
    return x if axis_name is None else x + 0 * jax.lax.axis_index(axis_name)
