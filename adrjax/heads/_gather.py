"""The batch of all devices, for classes that are split over the same devices."""

import functools

import jax
import jax.numpy as jnp

from adrjax._devices import axis_size


@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def gather(x: jax.Array, axis_name: str) -> jax.Array:
    """Joins the examples of the devices that `ShardedCosine` splits its classes over.

    So that the backbone sees each example on one device only. The loss is then the mean
    over all of them, on every device, and a device's gradient that of its own examples'
    part in it: parameters before `gather` need the sum over the devices.

    Args:
        x: Features or labels of this device's examples, `[batch, ...]`.
        axis_name: The device axis that examples and classes are split over.

    Returns:
        Those of all devices in their order, `[devices * batch, ...]`.
    """
    devices = axis_size(axis_name)
    mine = jnp.arange(devices) == jax.lax.axis_index(axis_name)
    mine = mine.reshape(-1, *[1] * x.ndim)
    # By a sum, not by `all_gather`, after which shard_map would not know that all
    # devices have the same.
    everyone = jax.lax.psum(jnp.where(mine, x, 0), axis_name)
    return everyone.reshape(-1, *x.shape[1:]).astype(x.dtype)


# Own rule because each device already has the gradient from all classes, which autodiff
# would sum over the devices.
def _fwd(x, axis_name):
    return gather(x, axis_name), None


def _bwd(axis_name, _, cotangent):
    parts = cotangent.reshape(axis_size(axis_name), -1, *cotangent.shape[1:])
    return (parts[jax.lax.axis_index(axis_name)],)


gather.defvjp(_fwd, _bwd)
