"""Steps on several devices, of one process or of several."""

from collections.abc import Callable
import functools
from typing import Any, Literal, TypeVar, get_args

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from adrjax.data import Batch
from adrjax.train._errors import ArgumentError
from adrjax.train._state import TrainState
from adrjax.train._step import AXIS

Parallel = Literal["pmap", "shard_map"]
Tree = TypeVar("Tree")


def replicate(
    tree: Tree, *, devices: int | None = None, parallel: Parallel = "pmap"
) -> Tree:
    """Returns a copy of arrays, whole on every device.

    No leading axis is added, so a checkpoint is independent of the number of devices.
    The arrays are copied, so the originals survive the donation of the copy.

    Args:
        tree: A pytree of arrays, the same in every process. Arrays of all processes
            must be replicated.
        devices: The number of devices of each process to use, all for None.
        parallel: How the steps will be run.

    Returns:
        The same pytree.
    """
    local = replicated_sharding(devices, "pmap")
    copy = jax.device_put(jax.tree.map(_copy, tree), local)
    return copy if parallel == "pmap" else to_global(copy, devices)


def replicated_sharding(devices: int | None, parallel: Parallel) -> NamedSharding:
    """Returns the sharding of a state: `jax.pmap` uses the local devices alone."""
    if parallel == "pmap":
        return NamedSharding(Mesh(jax.local_devices()[:devices], AXIS), PartitionSpec())
    return NamedSharding(_global_mesh(devices), PartitionSpec())


def to_global(tree: Tree, devices: int | None) -> Tree:
    """Returns replicated arrays as arrays of all processes, without a copy."""
    if jax.process_count() == 1:
        return tree
    sharding = replicated_sharding(devices, "shard_map")
    return jax.tree.map(lambda x: _global_array(x, sharding, x.shape), tree)


def parallel_train(
    step: Callable[[TrainState, Batch], TrainState],
    *,
    devices: int | None = None,
    parallel: Parallel = "pmap",
) -> Callable[[TrainState, Batch], TrainState]:
    """Runs a training step on several devices.

    Args:
        step: `train_step` with all arguments bound except the state and the batch.
        devices: The number of devices of each process to use, all for None.
        parallel: How to run it; the parameters are the same to the last bit.

    Returns:
        A function of a state from `replicate`, whose buffers are donated, and of this
        process's part of the batch, `[devices, b, ...]`.

    Raises:
        ArgumentError: If `parallel` is neither.
    """
    return _parallel(step, devices, parallel, donate_argnums=(0,))


def steps_of_group(
    step: Callable[[TrainState, Batch], TrainState],
) -> Callable[[TrainState, Batch], TrainState]:
    """Returns a step for each batch of a group, one after the other.

    Args:
        step: Maps a state and a batch to the next state.

    Returns:
        A function of a state and of batches with a leading axis.
    """

    def steps(state: TrainState, batches: Batch) -> TrainState:
        return jax.lax.scan(lambda s, b: (step(s, b), None), state, batches)[0]

    return steps


def parallel_eval(
    step: Callable[[Any, Batch], Tree],
    *,
    devices: int | None = None,
    parallel: Parallel = "pmap",
    is_group: bool = False,
) -> Callable[[Any, Batch], Tree]:
    """Runs an evaluation step on several devices.

    Args:
        step: Maps variables and this device's part of the batch to arrays with one row
            an example.
        devices: The number of devices of each process to use, all for None.
        parallel: How to run it.
        is_group: Whether the function gets groups of batches.

    Returns:
        A function of variables from `replicate` and of this process's part of the
        batch, `[devices, b, ...]`, or of a group of batches, `[devices, g, b, ...]`. It
        returns the outputs for the whole batch of all devices and processes, `[devices
        * processes * b, ...]`, or for those of the group, on every device.

    Raises:
        ArgumentError: If `parallel` is neither.
    """

    def gathered(variables: Any, batch: Batch) -> Tree:
        return jax.lax.all_gather(step(variables, batch), AXIS, tiled=True)

    def of_group(variables: Any, batches: Batch) -> Tree:
        results = jax.lax.map(functools.partial(gathered, variables), batches)
        return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), results)

    return _parallel(of_group if is_group else gathered, devices, parallel)


def _parallel(
    step: Callable[[Any, Batch], Tree],
    devices: int | None,
    parallel: Parallel,
    *,
    donate_argnums: tuple[int, ...] = (),
) -> Callable[[Any, Batch], Tree]:
    if parallel == "pmap":
        return jax.pmap(
            step,
            axis_name=AXIS,
            in_axes=(None, 0),
            out_axes=None,
            devices=list(_global_mesh(devices).devices),
            donate_argnums=donate_argnums,
        )
    if parallel != "shard_map":
        raise ArgumentError(
            f"parallel must be one of {get_args(Parallel)}, got {parallel!r}"
        )
    mapped = jax.jit(
        jax.shard_map(
            lambda state, batch: step(state, jax.tree.map(lambda x: x[0], batch)),
            mesh=_global_mesh(devices),
            in_specs=(PartitionSpec(), PartitionSpec(AXIS)),
            out_specs=PartitionSpec(),
            check_vma=False,
        ),
        donate_argnums=donate_argnums,
    )
    return lambda state, batch: mapped(state, _global_batch(batch, devices))


def _copy(x: Any) -> jax.Array:
    """Returns a copy of an array, on the devices of this process."""
    if isinstance(x, jax.Array) and not x.is_fully_addressable:
        x = x.addressable_data(0)
    return jnp.copy(x)


def _global_batch(batch: Batch, devices: int | None) -> Batch:
    """Returns the parts of all processes as one batch."""
    if jax.process_count() == 1:
        return batch
    mesh = _global_mesh(devices)
    sharding = NamedSharding(mesh, PartitionSpec(AXIS))
    return jax.tree.map(
        lambda x: _global_array(x, sharding, (mesh.size, *x.shape[1:])), batch
    )


def _global_array(
    x: jax.Array, sharding: NamedSharding, shape: tuple[int, ...]
) -> jax.Array:
    """Returns the shards of all processes as one array."""
    if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
        data = jax.random.key_data(x)
        joined = _global_array(data, sharding, data.shape)
        return jax.random.wrap_key_data(joined, impl=jax.random.key_impl(x))
    shards = [shard.data for shard in x.addressable_shards]
    return jax.make_array_from_single_device_arrays(shape, sharding, shards)


def _global_mesh(devices: int | None) -> Mesh:
    """Returns the first devices of each process, grouped by process."""
    by_process: dict[int, list[Any]] = {}
    for device in jax.devices():
        by_process.setdefault(device.process_index, []).append(device)
    chosen = [by_process[i][:devices] for i in sorted(by_process)]
    return Mesh([device for part in chosen for device in part], AXIS)
