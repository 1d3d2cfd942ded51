"""The steps on several devices, of one process or of several."""

from collections.abc import Callable
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from adrjax.data import Batch
from adrjax.train._state import TrainState
from adrjax.train._step import AXIS

Parallel = Literal["pmap", "shard_map"]


def replicate(
    tree: Any, *, devices: int | None = None, parallel: Parallel = "pmap"
) -> Any:
    """Returns a copy of arrays that is whole on every device.

    Nothing gains a leading axis, so that a checkpoint does not know how many devices
    there were. It is a copy, so that donating it leaves the original alone.

    Args:
        tree: A pytree of arrays, the same in every process.
        devices: How many devices of each process to use, all for None.
        parallel: What the steps will be run by.

    Returns:
        The same pytree.
    """
    local = jax.device_put(jax.tree.map(jnp.copy, tree), replicated(devices, "pmap"))
    return local if parallel == "pmap" else across_processes(local, devices)


def replicated(devices: int | None, parallel: Parallel) -> NamedSharding:
    """Returns where the state lies: `jax.pmap` keeps it to the devices of a process."""
    if parallel == "pmap":
        return NamedSharding(Mesh(jax.local_devices()[:devices], AXIS), PartitionSpec())
    return everywhere(devices)


def everywhere(devices: int | None) -> NamedSharding:
    return NamedSharding(_mesh(devices), PartitionSpec())


def across_processes(tree: Any, devices: int | None) -> Any:
    """Returns arrays whole on every device as arrays of all processes, not copied."""
    if jax.process_count() == 1:
        return tree
    return jax.tree.map(lambda x: _joined(x, everywhere(devices), x.shape), tree)


def parallel_train(
    step: Callable[[TrainState, Batch], TrainState],
    *,
    devices: int | None = None,
    parallel: Parallel = "pmap",
) -> Callable[[TrainState, Batch], TrainState]:
    """Runs a training step on several devices.

    Args:
        step: `train_step` but for its state and batch.
        devices: How many devices of each process to use, all for None.
        parallel: What to run it by; parameters come out the same to the last bit.

    Returns:
        A function of a state from `replicate`, whose memory it takes over, and of this
        process's part of the batch, `[devices, b, ...]`.

    Raises:
        ValueError: If there is no such `parallel`.
    """
    return _parallel(step, devices, parallel, donate_argnums=(0,))


def parallel_eval(
    step: Callable[[TrainState, Batch], Any],
    *,
    devices: int | None = None,
    parallel: Parallel = "pmap",
) -> Callable[[TrainState, Batch], Any]:
    """Runs an evaluation step on several devices.

    Args:
        step: `eval_step` but for its state and batch.
        devices: How many devices of each process to use, all for None.
        parallel: What to run it by.

    Returns:
        A function of a state from `replicate` and this process's part of the batch,
        `[devices, b, ...]`, that returns what the step does for the whole batch of all
        devices of all processes, `[devices * processes * b, ...]`, on every device.

    Raises:
        ValueError: If there is no such `parallel`.
    """

    def gathered(state, batch):
        return jax.lax.all_gather(step(state, batch), AXIS, tiled=True)

    return _parallel(gathered, devices, parallel)


def _parallel(step, devices, parallel, *, donate_argnums=()):
    if parallel == "pmap":
        return jax.pmap(
            step,
            axis_name=AXIS,
            in_axes=(None, 0),
            out_axes=None,
            devices=list(_mesh(devices).devices),
            donate_argnums=donate_argnums,
        )
    if parallel != "shard_map":
        raise ValueError(
            f"parallel must be one of {get_args(Parallel)}, got {parallel!r}"
        )
    mapped = jax.jit(
        jax.shard_map(
            lambda state, batch: step(state, jax.tree.map(lambda x: x[0], batch)),
            mesh=_mesh(devices),
            in_specs=(PartitionSpec(), PartitionSpec(AXIS)),
            out_specs=PartitionSpec(),
            check_vma=False,
        ),
        donate_argnums=donate_argnums,
    )
    return lambda state, batch: mapped(state, _of_all_processes(batch, devices))


def _of_all_processes(batch: Batch, devices: int | None) -> Batch:
    if jax.process_count() == 1:
        return batch
    sharding = NamedSharding(_mesh(devices), PartitionSpec(AXIS))
    size = _mesh(devices).size
    return jax.tree.map(lambda x: _joined(x, sharding, (size, *x.shape[1:])), batch)


def _joined(x, sharding, shape):
    if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key):
        data = jax.random.key_data(x)
        joined = _joined(data, sharding, data.shape)
        return jax.random.wrap_key_data(joined, impl=jax.random.key_impl(x))
    parts = [shard.data for shard in x.addressable_shards]
    return jax.make_array_from_single_device_arrays(shape, sharding, parts)


def _mesh(devices: int | None) -> Mesh:
    """Returns the first devices of each process, those of a process side by side."""
    by_process: dict[int, list[Any]] = {}
    for device in jax.devices():
        by_process.setdefault(device.process_index, []).append(device)
    chosen = [by_process[i][:devices] for i in sorted(by_process)]
    return Mesh([device for part in chosen for device in part], AXIS)
