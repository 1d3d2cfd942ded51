"""Collectives of `jax.lax` that do nothing where `axis_name` is None.

A batch may be split over the devices of an axis, or the classes of its logits.
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
    """Returns the index of this device's first element, given `size` a device."""
    return 0 if axis_name is None else size * jax.lax.axis_index(axis_name)


def all_gather(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the first axes of all devices, concatenated."""
    return x if axis_name is None else jax.lax.all_gather(x, axis_name, tiled=True)


def all_gather_invariant(x: jax.Array, axis_name: str) -> jax.Array:
    """Returns the last axes of all devices, concatenated.

    It is a `psum`, whose result `shard_map` knows to be the same on all devices; of an
    `all_gather` it does not know that.
    """
    devices = axis_size(axis_name)
    is_mine = jnp.arange(devices)[:, None] == jax.lax.axis_index(axis_name)
    gathered = jax.lax.psum(jnp.where(is_mine, x[..., None, :], 0), axis_name)
    return gathered.reshape(*x.shape[:-1], devices * x.shape[-1])


def pvary(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns a value that is the same on all devices as one that varies over them.

    `shard_map` with `check_vma=True` differentiates an invariant value once, but a
    varying value, of which the devices take the mean, once a device.
    """
    return x if axis_name is None else x + 0 * jax.lax.axis_index(axis_name)
