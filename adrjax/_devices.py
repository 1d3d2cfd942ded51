"""Arrays over several devices: collectives by axis name, and explicit sharding.

In `jax.pmap` and `jax.shard_map` each device has its part of the batch, or of the
classes, and the collectives of `jax.lax` join the parts by `axis_name`. They do nothing
if it is None.

On a mesh whose axes are `jax.sharding.AxisType.Explicit` a function sees whole arrays,
whose types say how they are sharded. Where jax cannot infer the sharding of a result (a
gather, a scatter, a product that contracts the batch), it must be given.
"""

import jax
import jax.numpy as jnp
from jax.sharding import NamedSharding, PartitionSpec

Spec = tuple[str | tuple[str, ...] | None, ...]  # the mesh axes of each dimension


def spec(x: jax.Array) -> Spec:
    """Returns the explicit mesh axes of each dimension, None if it is not sharded."""
    return tuple(jax.typeof(x).sharding.spec)


def out_sharding(of_result: Spec, *operands: jax.Array) -> NamedSharding | None:
    """Returns the sharding of an operation's result, None without an explicit mesh."""
    meshes = (jax.typeof(x).sharding.mesh for x in operands)
    mesh = next((mesh for mesh in meshes if mesh.explicit_axes), None)
    return None if mesh is None else NamedSharding(mesh, PartitionSpec(*of_result))


def shard_like(x: jax.Array, other: jax.Array) -> jax.Array:
    """Returns `x` in the explicit sharding of another array of its shape."""
    return _reshard(x, out_sharding(spec(other), other))


def _reshard(x: jax.Array, sharding: NamedSharding | None) -> jax.Array:
    return x if sharding is None else jax.sharding.reshard(x, sharding)


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
    """Returns the first axes of all devices, concatenated; replicated over them."""
    if axis_name is not None:
        return jax.lax.all_gather(x, axis_name, tiled=True)
    return _reshard(x, out_sharding((None, *spec(x)[1:]), x))


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
    if axis_name is None:
        return x
    return x + 0 * jax.lax.axis_index(axis_name).astype(x.dtype)
