"""A batch or classes split over devices; `axis_name` is None where they are not."""

import jax
import jax.numpy as jnp


def total(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the sum over the devices."""
    return x if axis_name is None else jax.lax.psum(x, axis_name)


def highest(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the largest over the devices."""
    return x if axis_name is None else jax.lax.pmax(x, axis_name)


def number(axis_name: str | None) -> int:
    """Returns the number of devices."""
    return 1 if axis_name is None else jax.lax.axis_size(axis_name)


def side_by_side(x: jax.Array, axis_name: str) -> jax.Array:
    """Returns the last axes of all devices, one after the other.

    By a sum, not by `all_gather`, after which shard_map would not know that all devices
    have the same.
    """
    devices = number(axis_name)
    device = jnp.arange(devices)[:, None] == jax.lax.axis_index(axis_name)
    all_of_them = jax.lax.psum(jnp.where(device, x[..., None, :], 0), axis_name)
    return all_of_them.reshape(*x.shape[:-1], devices * x.shape[-1])


def own(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns what all devices share as a value of each, of which they take the mean.

    `shard_map` that checks replication tells the two apart: it differentiates a shared
    value once, not once a device.
    """
    return x if axis_name is None else x + 0 * jax.lax.axis_index(axis_name)


def everyone(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the examples of all devices, in the order of the devices."""
    return x if axis_name is None else jax.lax.all_gather(x, axis_name, tiled=True)


def first_place(number: int, axis_name: str | None) -> jax.Array | int:
    """Returns the place of this device's first of `number` examples among them."""
    return 0 if axis_name is None else number * jax.lax.axis_index(axis_name)
