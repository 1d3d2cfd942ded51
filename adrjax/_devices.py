"""A batch split over devices; `axis_name` is None where it is not."""

import jax


def total(x: jax.Array, axis_name: str | None) -> jax.Array:
    """Returns the sum over the devices."""
    return x if axis_name is None else jax.lax.psum(x, axis_name)


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
