"""Batches gathered on the devices from a split that stays there."""

from collections.abc import Iterator
import functools
import itertools
from typing import NamedTuple

import jax
from jax.sharding import Mesh, NamedSharding, PartitionSpec
import numpy as np

from adrjax import _checks
from adrjax.data._dataset import Split


class Batch(NamedTuple):
    """One part of a batch for each local device, on that device.

    Attributes:
        images: uint8 `[devices, batch_size / devices, height, width, channels]`.
        labels: int32 `[devices, batch_size / devices]`.
    """

    images: jax.Array
    labels: jax.Array


def upload(split: Split, *, devices: int | None = None) -> Split:
    """Copies a split to every device, or returns it as it is if it lies there.

    The iterators below do so themselves. Do it once before them where several runs of
    a process share a split.

    Args:
        split: The images and labels.
        devices: How many local devices to use, all for None.

    Returns:
        The split as arrays replicated over the devices.

    Raises:
        ValueError: If there are not as many labels as images.
    """
    if len(split.images) != len(split.labels):
        raise ValueError(
            f"split has {len(split.images)} images, wanted as many labels, got "
            f"{len(split.labels)}"
        )
    mesh = Mesh(jax.local_devices()[:devices], ("batch",))
    return jax.device_put(split, NamedSharding(mesh, PartitionSpec()))


def train_batches(
    split: Split,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    devices: int | None = None,
) -> Iterator[Batch]:
    """Yields shuffled batches without end.

    Each epoch is a permutation that only `seed` and the number of the epoch decide; the
    rest that fills no batch is dropped. The batch of a step is the same, row for row,
    on any number of devices.

    Args:
        split: The images and labels, from `Dataset.read` or `upload`.
        batch_size: Examples a step, over all devices of all processes.
        seed: Decides the order; at least 0.
        first_step: The step to begin with: 0, or the one to resume from.
        devices: How many local devices to use, all for None.

    Returns:
        An iterator over batches laid out as `jax.pmap` takes and returns them.

    Raises:
        ValueError: If the devices cannot share the batch evenly, or it is larger than
            the split.
    """
    devices = _checked_devices(batch_size, devices)
    _checks.count(
        "batch_size",
        batch_size,
        low=1,
        high=len(split.labels),
        of=" images of the split",
    )
    return _train_batches(
        upload(split, devices=devices), batch_size, seed, first_step, devices
    )


def _train_batches(split, batch_size, seed, first_step, devices):
    steps_per_epoch = len(split.labels) // batch_size
    first_epoch, place = divmod(first_step, steps_per_epoch)
    for epoch in itertools.count(first_epoch):
        order = np.random.default_rng([seed, epoch]).permutation(len(split.labels))
        for start in range(place, steps_per_epoch):
            rows = order[start * batch_size : (start + 1) * batch_size]
            yield _gather(split, _share(rows, devices))
        place = 0


def eval_batches(
    split: Split, *, batch_size: int, devices: int | None = None
) -> Iterator[tuple[Batch, int]]:
    """Yields the examples in order, once.

    Args:
        split: The images and labels, from `Dataset.read` or `upload`.
        batch_size: Examples a step, over all devices of all processes.
        devices: How many local devices to use, all for None.

    Returns:
        An iterator over batches and the number of their rows that are real: the last
        batch is filled up with copies of its first row.

    Raises:
        ValueError: If the devices cannot share the batch evenly.
    """
    devices = _checked_devices(batch_size, devices)
    _checks.count("batch_size", batch_size, low=1)
    return _eval_batches(upload(split, devices=devices), batch_size, devices)


def _eval_batches(split, batch_size, devices):
    for start in range(0, len(split.labels), batch_size):
        rows = np.arange(start, start + batch_size)
        real = min(batch_size, len(split.labels) - start)
        rows[real:] = start
        yield _gather(split, _share(rows, devices)), real


@functools.partial(jax.pmap, in_axes=(None, 0), axis_name="batch")
def _gather(split: Split, rows: jax.Array) -> Batch:
    return Batch(split.images[rows], split.labels[rows])


def _share(rows: np.ndarray, devices: int) -> np.ndarray:
    """Returns this process's rows, `[devices, batch_size / all devices]`."""
    shares = rows.astype(np.int32).reshape(jax.process_count(), devices, -1)
    return shares[jax.process_index()]


def _checked_devices(batch_size: int, devices: int | None) -> int:
    local = jax.local_device_count()
    devices = local if devices is None else devices
    _checks.count("devices", devices, low=1, high=local, of=" of this process")
    everywhere = devices * jax.process_count()
    if batch_size % everywhere:
        fits = max(1, round(batch_size / everywhere)) * everywhere
        raise ValueError(
            f"{everywhere} devices cannot share batch_size={batch_size} evenly; "
            f"{fits} would do"
        )
    return devices
