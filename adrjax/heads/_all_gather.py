"""The whole batch on every device, if the batch is split over the axis of classes."""

import functools

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from adrjax import _devices


def all_gather(x: ArrayLike, axis_name: str) -> jax.Array:
    """All-gather over the device axis that `ShardedCosine` splits its classes over.

    The backbone then sees each example on one device only, and the head sees all of
    them. The loss is the mean over the whole batch, the same on every device. The
    gradient by `x` is the part of the device's own examples, so parameters before
    `all_gather` need the sum of their gradients over the devices. After
    `jax.lax.all_gather` the gradient would be summed once more.

    Args:
        x: Features or labels of this device's examples, `[batch, ...]`.
        axis_name: The device axis that both examples and classes are split over.

    Returns:
        The examples of all devices, in the order of the devices,
        `[devices * batch, ...]`.

    Raises:
        ValueError: If `x` is a scalar.
    """
    x = jnp.asarray(x)
    if x.ndim < 1:
        raise ValueError("x must be [batch, ...], got a scalar")
    return _all_gather(x, axis_name)


# A rule of its own because each device already has the gradient by all classes, which
# autodiff would sum over the devices.
@functools.partial(jax.custom_vjp, nondiff_argnums=(1,))
def _all_gather(x: jax.Array, axis_name: str) -> jax.Array:
    batch = _devices.axis_size(axis_name) * len(x)
    gathered = _devices.all_gather_invariant(x.ravel(), axis_name)
    return gathered.reshape(batch, *x.shape[1:]).astype(x.dtype)


def _fwd(x, axis_name):
    return _all_gather(x, axis_name), None


def _bwd(axis_name, _, cotangent):
    batch = len(cotangent) // _devices.axis_size(axis_name)
    start = batch * jax.lax.axis_index(axis_name)
    return (jax.lax.dynamic_slice_in_dim(cotangent, start, batch),)


_all_gather.defvjp(_fwd, _bwd)
