"""The steps on several devices."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from adrjax.data import Batch
from adrjax.train._state import TrainState
from adrjax.train._step import AXIS


def replicated(devices: int | None) -> NamedSharding:
    return NamedSharding(Mesh(jax.local_devices()[:devices], (AXIS,)), PartitionSpec())


def replicate(tree: Any, *, devices: int | None = None) -> Any:
    """Returns a copy of arrays that is whole on every device.

    Nothing gains a leading axis, so that a checkpoint does not know how many devices
    there were. It is a copy, so that donating it leaves the original alone.

    Args:
        tree: A pytree of arrays.
        devices: How many local devices to use, all for None.

    Returns:
        The same pytree.
    """
    return jax.device_put(jax.tree.map(jnp.copy, tree), replicated(devices))


def parallel_train(
    step: Callable[[TrainState, Batch], TrainState], *, devices: int | None = None
) -> Callable[[TrainState, Batch], TrainState]:
    """Runs a training step on several devices.

    Args:
        step: `train_step` but for its state and batch.
        devices: How many local devices to use, all for None.

    Returns:
        A function of a state from `replicate`, whose memory it takes over, and of a
        batch `[devices, b, ...]`.
    """
    return jax.pmap(
        step,
        axis_name=AXIS,
        in_axes=(None, 0),
        out_axes=None,
        devices=jax.local_devices()[:devices],
        donate_argnums=0,
    )


def parallel_eval(
    step: Callable[[TrainState, Batch], jax.Array], *, devices: int | None = None
) -> Callable[[TrainState, Batch], jax.Array]:
    """Runs an evaluation step on several devices.

    Args:
        step: `eval_step` but for its state and batch.
        devices: How many local devices to use, all for None.

    Returns:
        A function of a state from `replicate` and a batch `[devices, b, ...]` that
        returns logits `[devices, b, num_classes]`.
    """
    return jax.pmap(
        step,
        axis_name=AXIS,
        in_axes=(None, 0),
        devices=jax.local_devices()[:devices],
    )
